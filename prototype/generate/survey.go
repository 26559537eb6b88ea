package main

import (
	"context"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// declared is a function as one compiler sees it.
type declared struct {
	name     string
	symbol   string // what it is called in object files
	result   dwarf.Type
	params   []dwarf.Type
	variadic bool
	noReturn bool
	header   string // the file that declares it first
}

// surveyed is all that is known of a library's functions.
type surveyed struct {
	library *library
	unit    string // the translation unit, and the flags to compile it with
	flags   []string
	dir     string
	// multiarch is the directory of headers for this machine.
	multiarch string
	// versions are the packages' names and versions.
	versions []string
	exports  map[string]map[string]uint64 // by SONAME and symbol, the address
	wide     map[string]*declared         // by name, as 64-bit code sees it
	narrow   map[string]*declared         // and as 32-bit code does; nil without headers for it
	macros   []macro
	// What the headers name, for both machines.
	wideNames, narrowNames *named
}

// fortified makes glibc's headers declare the functions that check the sizes
// of buffers.
var fortified = []string{"-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3"}

// survey compiles a library's headers.
func survey(ctx context.Context, l *library, work string) (*surveyed, error) {
	dir, err := os.MkdirTemp(work, l.name)
	if err != nil {
		return nil, fmt.Errorf("make a directory to work in: %w", err)
	}
	s := &surveyed{library: l, dir: dir}
	multiarch, err := command(ctx, "gcc", "-print-multiarch")
	if err != nil {
		return nil, err
	}
	s.multiarch = strings.TrimSpace(string(multiarch))
	headers, err := s.publicHeaders(ctx)
	if err != nil {
		return nil, err
	}
	if s.unit, err = s.includes(headers); err != nil {
		return nil, err
	}
	if s.versions, err = packageVersions(ctx, l); err != nil {
		return nil, err
	}
	if s.flags, err = flagsOf(ctx, l); err != nil {
		return nil, err
	}
	if s.exports, err = exportsOf(ctx, l); err != nil {
		return nil, err
	}
	if s.wide, s.wideNames, err = s.compile(ctx, "-m64"); err != nil {
		return nil, err
	}
	if l.wideOnly {
		s.narrowNames = &named{}
		return s, nil
	}
	// Headers that stand in a directory for 64 bits are the same for 32 bits in
	// all but glibc's, which has a directory of its own.
	s.narrow, s.narrowNames, err = s.compile(ctx, "-m32", "-idirafter", "/usr/include/"+s.multiarch)
	return s, err
}

// symbols are what a function is called in object files: by its name, and by
// the one that its header gives callers instead, unless that is another
// function's: glibc declares error twice, the second time as
// __error_noreturn.
func (s *surveyed) symbols(d *declared) []string {
	if d.symbol == d.name || s.wide[d.symbol] != nil {
		return []string{d.name}
	}
	return []string{d.name, d.symbol}
}

// exportsOf reads the dynamic symbols of a library's files, which stand where
// the linker finds them.
func exportsOf(ctx context.Context, l *library) (map[string]map[string]uint64, error) {
	all := map[string]map[string]uint64{}
	for _, f := range l.files {
		path, err := command(ctx, "gcc", "-print-file-name="+f.soname)
		if err != nil {
			return nil, err
		}
		names, err := exports(strings.TrimSpace(string(path)))
		if err != nil {
			return nil, err
		}
		all[f.soname] = names
	}
	return all, nil
}

// exports are the functions that a shared object defines for others, of old
// versions too.
func exports(path string) (map[string]uint64, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read exports: %w", err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return nil, fmt.Errorf("read exports of %s: %w", filepath.Base(path), err)
	}
	names := map[string]uint64{}
	for _, s := range symbols {
		const sttGNUIFunc = 10
		kind := elf.ST_TYPE(s.Info)
		if s.Section != elf.SHN_UNDEF && (kind == elf.STT_FUNC || kind == sttGNUIFunc) {
			names[s.Name] = s.Value
		}
	}
	return names, nil
}

// compile returns the functions that the headers declare, seen with flags
// that choose the machine.
func (s *surveyed) compile(ctx context.Context, machine ...string) (all map[string]*declared, names *named, err error) {
	all = map[string]*declared{}
	for _, variant := range [][]string{fortified, nil} {
		flags := slices.Concat(machine, []string{"-w", "-std=gnu17"}, s.flags)
		flags = append(flags, variant...)
		data, headers, err := s.compileUnit(ctx, flags)
		if err != nil {
			return nil, nil, err
		}
		found, err := functions(data, headers)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(all, found)
		if names == nil {
			if names, err = readNames(data); err != nil {
				return nil, nil, err
			}
		}
	}
	return all, names, nil
}

// compileUnit compiles the unit twice: for the names of the functions, and
// with their addresses taken for the types.
func (s *surveyed) compileUnit(ctx context.Context, flags []string) (data *dwarf.Data, headers map[string]string, err error) {
	unit, err := writeUnit(s.dir, "names.c", s.unit)
	if err != nil {
		return nil, nil, err
	}
	list := filepath.Join(s.dir, "names.txt")
	if _, err := command(ctx, "gcc", slices.Concat(flags, []string{"-S", "-o", os.DevNull, "-aux-info", list, unit})...); err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile(list)
	if err != nil {
		return nil, nil, fmt.Errorf("read declarations: %w", err)
	}
	var b strings.Builder
	b.WriteString(s.unit)
	headers = declaredNames(string(text))
	names := slices.Sorted(maps.Keys(headers))
	for _, name := range names {
		fmt.Fprintf(&b, "#undef %s\n", name)
	}
	b.WriteString("const void *const addresses[] = {\n")
	for _, name := range names {
		fmt.Fprintf(&b, "\t(const void *)%s,\n", name)
	}
	b.WriteString("};\n")
	if unit, err = writeUnit(s.dir, "types.c", b.String()); err != nil {
		return nil, nil, err
	}
	object := filepath.Join(s.dir, "types.o")
	if _, err := command(ctx, "gcc", slices.Concat(flags, []string{"-g", "-gdwarf-5", "-fno-builtin", "-fno-eliminate-unused-debug-types", "-c", "-o", object, unit})...); err != nil {
		return nil, nil, err
	}
	f, err := elf.Open(object)
	if err != nil {
		return nil, nil, fmt.Errorf("read types: %w", err)
	}
	defer f.Close()
	if data, err = f.DWARF(); err != nil {
		return nil, nil, fmt.Errorf("read types: %w", err)
	}
	return data, headers, nil
}

// auxLine is a line of gcc's list: a comment with the place, and a declaration
// whose name stands before the first parenthesis, or before the one that
// closes a function pointer's.
var auxLine = regexp.MustCompile(`^/\* (.*):[0-9]+:[NOI][CF] \*/ extern (.*);`)

var auxName = regexp.MustCompile(`([A-Za-z_][A-Za-z_0-9]*) \([^*]`)

// declaredNames returns the extern functions of a -aux-info list, and the file
// that each is declared in first.
func declaredNames(list string) map[string]string {
	headers := map[string]string{}
	for line := range strings.Lines(list) {
		m := auxLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		n := auxName.FindStringSubmatch(m[2])
		if n != nil && headers[n[1]] == "" {
			headers[n[1]] = m[1]
		}
	}
	return headers
}

// functions reads the declarations of named functions out of debugging
// information.
func functions(data *dwarf.Data, headers map[string]string) (map[string]*declared, error) {
	found := map[string]*declared{}
	r := data.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			return nil, fmt.Errorf("read types: %w", err)
		}
		if e == nil {
			return found, nil
		}
		if e.Tag != dwarf.TagSubprogram {
			if e.Tag != dwarf.TagCompileUnit {
				r.SkipChildren()
			}
			continue
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		if headers[name] == "" {
			r.SkipChildren()
			continue
		}
		d, err := function(data, r, e)
		if err != nil {
			return nil, fmt.Errorf("read type of %s: %w", name, err)
		}
		if found[name] == nil { // later ones are out-of-line instances
			d.header = headers[name]
			found[name] = d
		}
	}
}

func function(data *dwarf.Data, r *dwarf.Reader, e *dwarf.Entry) (*declared, error) {
	d := &declared{}
	d.name, _ = e.Val(dwarf.AttrName).(string)
	d.symbol, _ = e.Val(dwarf.AttrLinkageName).(string)
	if d.symbol == "" {
		d.symbol = d.name
	}
	d.noReturn, _ = e.Val(dwarf.AttrNoreturn).(bool)
	var err error
	if off, ok := e.Val(dwarf.AttrType).(dwarf.Offset); ok {
		if d.result, err = data.Type(off); err != nil {
			return nil, err
		}
	}
	if !e.Children {
		return d, nil
	}
	for {
		c, err := r.Next()
		if err != nil {
			return nil, err
		}
		if c == nil || c.Tag == 0 {
			return d, nil
		}
		switch c.Tag {
		case dwarf.TagFormalParameter:
			off, _ := c.Val(dwarf.AttrType).(dwarf.Offset)
			t, err := data.Type(off)
			if err != nil {
				return nil, err
			}
			d.params = append(d.params, t)
		case dwarf.TagUnspecifiedParameters:
			d.variadic = true
		}
		r.SkipChildren()
	}
}
