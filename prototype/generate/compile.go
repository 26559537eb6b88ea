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

// fortified makes glibc's headers declare the functions that check the sizes
// of buffers.
var fortified = []string{"-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3"}

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
