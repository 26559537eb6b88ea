package prototype

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// File is a file of declarations. What it declares is known by name; a
// declaration is parsed when it is first asked for. A File is for one goroutine at
// a time.
type File struct {
	// Name is what messages and Prototype.Origin call it.
	Name string

	text    string
	decls   []declaration
	types   map[string]int32 // in decls, by name
	funcs   map[string]int32
	imports []importing
	// known are the files whose types and constants are known in this one as
	// well, after its own and those of its imports.
	known []*File

	constants map[string]int64   // of the enums and sets that have been parsed
	mentions  map[string][]int32 // the types that mention a word, which may be a constant's

	busy  int         // declarations that are being read, one for the sake of the other
	later []postponed // structs to be read when that is done

	find   func(name string) []*File // what an import means; nil: nothing is found
	report func(*Error)              // is told each error once
	// nearest finds what was perhaps meant by what is unknown; nil: nobody does.
	nearest Nearest
}

// importing is an import, and the files that it turned out to be.
type importing struct {
	decl   int32
	looked bool
	files  []*File
}

// Error is what is wrong in a file.
type Error struct {
	File         string
	Line, Column int // from 1; a column is a character
	Text         string
	Warning      bool // the declaration counts nevertheless
}

func (e *Error) Error() string {
	kind := ""
	if e.Warning {
		kind = "warning: "
	}
	return fmt.Sprintf("%s:%d:%d: %s%s", e.File, e.Line, e.Column, kind, e.Text)
}

// Parse reads declarations, all of them at once, and returns what is wrong in
// them, which costs no others. name stands for the text in messages. The
// types and constants of the files known may be used in it, and those that all
// files know (types.conf).
func Parse(name, text string, known ...*File) (*File, []*Error) {
	var errs []*Error
	f := newFile(name, text, func(e *Error) { errs = append(errs, e) })
	f.known = append(slices.Clip(known), standard()...)
	f.parseAll()
	return f, errs
}

// newFile finds out what a text declares.
func newFile(name, text string, report func(*Error)) *File {
	f := &File{Name: name, report: report}
	if len(text) > maxFile {
		report(&Error{File: name, Line: 1, Column: 1, Text: fmt.Sprintf("larger than %d bytes: not read", maxFile)})
		text = ""
	}
	text = strings.TrimPrefix(text, "\ufeff") // as editors of other systems begin a file
	f.text = text
	guess := len(text)/80 + 1
	f.decls = make([]declaration, 0, guess)
	f.funcs = make(map[string]int32, guess)
	f.types = make(map[string]int32)
	s := scanner{text: text, line: 1, rescan: 4 << 20}
	for d := new(declaration); s.next(d); {
		f.add(*d)
	}
	return f
}

func (f *File) add(d declaration) {
	n := int32(len(f.decls))
	d.older = -1
	switch d.what {
	case aFunction:
		if older, ok := f.funcs[d.name]; ok {
			d.older = older
		}
		f.funcs[d.name] = n
	case aType:
		if older, ok := f.types[d.name]; ok {
			d.older = older
		}
		f.types[d.name] = n
	case anImport:
		f.imports = append(f.imports, importing{decl: n})
	}
	f.decls = append(f.decls, d)
}

// parseAll parses every declaration, so that all that is wrong is told.
func (f *File) parseAll() {
	for n := range f.decls {
		d := &f.decls[n]
		switch d.what {
		case aFunction:
			f.parseFunction(d)
			if older := f.sameFunction(d); older != nil {
				f.tell(int(d.start), true, "%s is declared a second time; the first, in line %d, does not count", d.name, older.line)
			}
		case aType:
			f.checkTypedef(int32(n))
		case anImport:
			f.parseImport(d)
		case nothing:
			p := f.parser(d)
			p.nothing()
		}
	}
	for i := range f.imports {
		f.imported(i)
	}
}

// sameFunction returns the last one of the older declarations of the same version that
// would count if d did not; nil if there is none.
func (f *File) sameFunction(d *declaration) *declaration {
	if d.state == broken {
		return nil
	}
	for n := d.older; n >= 0; n = f.decls[n].older {
		if older := &f.decls[n]; older.version == d.version && older.state != broken {
			return older
		}
	}
	return nil
}

// Function returns what the file, or one that it imports, declares of a
// function in a version, "" if that is not known; nil if nothing. A declaration
// for that version alone comes before one for all.
func (f *File) Function(name, version string) *Prototype {
	return f.function(name, version, nil)
}

func (f *File) function(name, version string, seen []*File) *Prototype {
	for _, want := range []string{version, ""} {
		for n, ok := f.funcs[name]; ok && n >= 0; n = f.decls[n].older {
			if d := &f.decls[n]; d.version == want {
				if proto := f.parseFunction(d); proto != nil {
					return proto
				}
			}
		}
		if version == "" {
			break
		}
	}
	seen = append(seen, f)
	for i := range f.imports {
		for _, in := range f.imported(i) {
			if slices.Contains(seen, in) || len(seen) > maxImports {
				continue
			}
			if proto := in.function(name, version, seen); proto != nil {
				return proto
			}
			seen = append(seen, in)
		}
	}
	return nil
}

// maxImports bounds how many files one may lead to.
const maxImports = 1000

// Functions returns the names of the functions that the file itself declares,
// sorted.
func (f *File) Functions() []string {
	return slices.Sorted(maps.Keys(f.funcs))
}

// Types returns the names of the types that the file itself declares, sorted.
func (f *File) Types() []string {
	return slices.Sorted(maps.Keys(f.types))
}

// Type returns the type that a name stands for in the file; nil if it is none.
func (f *File) Type(name string) *Type {
	if t := f.typeNamed(name, 0); t != nil {
		return t
	}
	return word(name)
}

// each calls visit for the file and all whose types are known in it, in the
// order in which they count, until it returns false.
func (f *File) each(visit func(*File) bool) {
	seen := make([]*File, 0, 8)
	var walk func(*File) bool
	walk = func(in *File) bool {
		if slices.Contains(seen, in) || len(seen) > maxImports {
			return true
		}
		seen = append(seen, in)
		if !visit(in) {
			return false
		}
		for i := range in.imports {
			for _, other := range in.imported(i) {
				if !walk(other) {
					return false
				}
			}
		}
		return true
	}
	if !walk(f) {
		return
	}
	for _, k := range f.known {
		if !walk(k) {
			return
		}
	}
}

// imported returns the files of an import.
func (f *File) imported(i int) []*File {
	imp := &f.imports[i]
	if imp.looked {
		return imp.files
	}
	imp.looked = true // and an import of what imports this file ends here
	d := &f.decls[imp.decl]
	f.parseImport(d)
	if d.state == broken || f.find == nil {
		return nil
	}
	if imp.files = f.find(d.name); len(imp.files) == 0 {
		f.tell(int(d.start), false, "import %s: there is no such file of declarations", strconv.Quote(d.name))
	}
	return imp.files
}

// origin is where a declaration stands.
func (f *File) origin(d *declaration) string { return f.Name + ":" + strconv.Itoa(int(d.line)) }

// tell reports what is wrong at a place in the text.
func (f *File) tell(pos int, warning bool, format string, args ...any) {
	if f.report == nil {
		return
	}
	pos = min(pos, len(f.text))
	n := sort.Search(len(f.decls), func(i int) bool { return int(f.decls[i].start) > pos }) - 1
	line, from := 1, 0
	if n >= 0 { // count from there, not from the beginning
		line, from = int(f.decls[n].line), int(f.decls[n].start)
	}
	line += strings.Count(f.text[from:pos], "\n")
	begin := strings.LastIndexByte(f.text[:pos], '\n') + 1
	f.report(&Error{
		File: f.Name, Line: line, Column: utf8.RuneCountInString(f.text[begin:pos]) + 1,
		Text: fmt.Sprintf(format, args...), Warning: warning,
	})
}
