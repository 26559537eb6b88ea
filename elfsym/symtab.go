package elfsym

import (
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// maxFunctions caps the functions of one file, of which a web browser has a
// million; maxSymtab the entries of a symbol table that are looked at; and
// maxSymtabNames the bytes of their names.
const (
	maxFunctions   = 10_000_000
	maxSymtab      = 8 * maxFunctions
	maxSymtabNames = 1 << 29
)

// allFunctions are a File's Functions once somebody has asked for them.
type allFunctions struct {
	sync.Mutex
	found *Functions
	err   error
	// searched says that debug files were looked for.
	searched bool
}

// Functions returns all functions with code in the file, by whatever tells of
// them: .dynsym, .symtab, the .symtab of a separate debug file, or where there
// is neither, .gnu_debugdata; and the table of Go's runtime. path is where the file can be read now, and where
// says where debug files are looked for; nil for nowhere.
//
// The error joins what could not be read, and there are Functions all the same,
// of the rest. They are read once, or twice where debug files were not looked for at
// first, and kept as they are together with the error, unless the file could not be
// opened at path.
func (f *File) Functions(path string, where *DebugFinder) (*Functions, error) {
	f.functions.Lock()
	defer f.functions.Unlock()
	if f.functions.found != nil && (f.functions.searched || where == nil) {
		return f.functions.found, f.functions.err
	}
	fh, size, err := f.reopen(path)
	if err != nil {
		g := f.gather()
		return g.finish(), err
	}
	defer fh.Close()
	found, err := f.readFunctions(fh, size, func(main *image) (*debugFile, error) {
		return where.find(f.buildID, main, path)
	})
	if err != nil {
		err = fmt.Errorf("read the functions of %s: %w", path, err)
	}
	f.functions.found, f.functions.err, f.functions.searched = found, err, where != nil
	return found, err
}

// readFunctions reads what the bytes of the file, and of the debug file that
// find finds, tell of functions.
func (f *File) readFunctions(r io.ReaderAt, size int64, find func(main *image) (*debugFile, error)) (*Functions, error) {
	g := f.gather()
	if main, err := openSections(r, size); err != nil {
		g.fail(err)
	} else {
		g.addSymbols(main, find)
	}
	g.addGo(r, size) // which does without section headers
	return g.finish(), g.err()
}

// addSymbols adds what section headers lead to.
func (g *gathering) addSymbols(main *image, find func(main *image) (*debugFile, error)) {
	g.addUntyped(main.sections)
	complete := g.add(main, "")
	debug, err := find(main)
	g.fail(err)
	if debug != nil {
		defer debug.Close()
		complete = g.add(debug.image, debug.path) || complete
	}
	if !complete {
		g.addMiniDebug(main)
	}
}

// image is a file as its section headers describe it.
type image struct {
	*source
	arch     elf.Machine
	sections []namedSection
}

// openSections reads the headers of a file. Of damaged section headers it tells
// in the error; that there are none is no error.
func openSections(r io.ReaderAt, size int64) (*image, error) {
	return openImage(r, size, readHeader)
}

// openImage is openSections for what read takes for a header.
func openImage(r io.ReaderAt, size int64, read func(*source) (*header, error)) (*image, error) {
	s := &source{r: r, size: uint64(max(size, 0))}
	h, err := read(s)
	if err != nil {
		return nil, err
	}
	sections, err := readSections(s, h)
	if err != nil {
		return nil, err
	}
	return &image{s, h.arch.Machine, sections}, nil
}

// section returns the first section of that name.
func (im *image) section(name string) (*namedSection, bool) {
	i := slices.IndexFunc(im.sections, func(sh namedSection) bool { return sh.name == name })
	if i < 0 {
		return nil, false
	}
	return &im.sections[i], true
}

// gathering is a Functions while it is put together.
type gathering struct {
	file *File
	fs   Functions
	errs []error

	taken uint64 // bytes of the budget
}

// gather begins with the functions of .dynsym.
func (f *File) gather() *gathering {
	f.link()
	g := &gathering{file: f}
	g.fs.tables = []nameTable{f.table()}
	for i := range f.symbols {
		if r := &f.symbols[i]; r.callable() && g.code(r.value) {
			g.fs.records = append(g.fs.records, *r)
		}
	}
	return g
}

func (g *gathering) fail(err error) {
	if err != nil {
		g.errs = append(g.errs, err)
	}
}

func (g *gathering) err() error { return errors.Join(g.errs...) }

// recordSize is the size of a record in bytes.
const recordSize = 24

// take takes bytes off the budget of lists for as long as the Functions can be reached: of
// files that are lazily read, of which a process or core file may bring any number.
func (g *gathering) take(n uint64) error {
	if !g.file.linking.lazy {
		return nil
	}
	err := listing.take(n)
	if err == nil {
		g.taken += n
	}
	return err
}

func (g *gathering) finish() *Functions {
	if g.taken > 0 {
		runtime.AddCleanup(&g.fs, listing.give, g.taken)
	}
	g.fs.arrange()
	slices.SortFunc(g.fs.itabs, func(a, b record) int { return cmp.Compare(a.value, b.value) })
	return &g.fs
}

// code reports whether the file has code at an address.
func (g *gathering) code(addr uint64) bool {
	s := source{segs: g.file.segments}
	return addr != 0 && s.executable(addr, 1) > 0
}

// addUntyped adds the symbols of .dynsym that have no type, but stand in a
// section of code: functions in assembly.
func (g *gathering) addUntyped(sections []namedSection) {
	for i := range g.file.symbols {
		r := &g.file.symbols[i]
		if r.kind != untyped || !g.code(r.value) {
			continue
		}
		if slices.ContainsFunc(sections, func(sh namedSection) bool { return sh.holdsCode(r.value) }) {
			g.fs.records = append(g.fs.records, *r)
		}
	}
}

// holdsCode reports whether the section is of code, and has the address: the
// ends of sections, which linkers name as well, are outside.
func (sh *sectionHeader) holdsCode(addr uint64) bool {
	return sh.flags&elf.SHF_EXECINSTR != 0 && addr >= sh.addr && addr-sh.addr < sh.size
}

// add adds the functions of a .symtab, and reports whether there is one. of
// names the file for errors, "" for the file itself.
func (g *gathering) add(im *image, of string) (found bool) {
	for i := range im.sections {
		if im.sections[i].typ != elf.SHT_SYMTAB {
			continue
		}
		err := g.addSymtab(im, &im.sections[i].sectionHeader)
		if err != nil && of != "" {
			err = fmt.Errorf("%s: %w", of, err)
		}
		g.fail(err)
		return true // a file has one at most (gABI 4, "Sections")
	}
	return false
}

// symtab is a .symtab while it is read.
type symtab struct {
	*image
	header *sectionHeader
	names  string
	count  uint64 // of entries that are looked at
	left   int    // bytes that names may yet come to: see nameBudget
	bad    int    // symbols without a name
}

// symbolNames returns the section with the names of a symbol table, whose entries have
// the size that they should have.
func (im *image) symbolNames(sh *sectionHeader) (*sectionHeader, error) {
	entrySize := uint64(symSize32)
	if im.is64 {
		entrySize = symSize64
	}
	if sh.entrySize != entrySize || uint64(sh.link) >= uint64(len(im.sections)) {
		return nil, &FormatError{sh.offset, "a symbol table with entries of another size, or without names"}
	}
	str := &im.sections[sh.link].sectionHeader
	if str.typ != elf.SHT_STRTAB {
		return nil, &FormatError{sh.offset, "a symbol table whose names are no string table"}
	}
	return str, nil
}

func (g *gathering) addSymtab(im *image, sh *sectionHeader) error {
	t := symtab{image: im, header: sh}
	str, err := im.symbolNames(sh)
	if err != nil {
		return err
	}
	entrySize := sh.entrySize
	t.count = sh.size / entrySize
	var capped error
	if t.count > maxSymtab {
		t.count = maxSymtab
		capped = fmt.Errorf("%d symbols, more than the limit of %d: the rest is left out", sh.size/entrySize, maxSymtab)
	}
	if err := g.take(str.size); err != nil {
		return fmt.Errorf("the names of symbols: %w", err)
	}
	if t.names, err = im.text(str.offset, str.size, maxSymtabNames, "the names of symbols"); err != nil {
		return err
	}
	t.left = nameBudget(t.names)
	n := uint64(0)
	err = t.each(entrySize, func(e entry) bool {
		if _, ok := g.kind(im, &e); ok {
			n++
		}
		return true
	})
	if err != nil {
		return err
	}
	if room := uint64(maxFunctions - len(g.fs.records)); n > room {
		n = room
		capped = fmt.Errorf("more than %d functions: the rest is left out", maxFunctions)
	}
	if err := g.take(n * recordSize); err != nil {
		return fmt.Errorf("%d functions: %w", n, err)
	}
	table := len(g.fs.tables)
	g.fs.tables = append(g.fs.tables, nameTable{names: t.names, suffixed: true})
	g.fs.records = slices.Grow(g.fs.records, int(n))
	err = t.each(entrySize, func(e entry) bool {
		if kind, ok := g.kind(im, &e); ok {
			if r, ok := t.record(&e, kind, uint8(table)); ok {
				g.fs.records = append(g.fs.records, r)
			}
		} else {
			g.addGoData(&t, &e, uint8(table))
		}
		return t.left >= 0 && len(g.fs.records) < maxFunctions
	})
	if t.bad > 0 || t.left < 0 {
		capped = errors.Join(capped, &FormatError{str.offset, fmt.Sprintf("%d symbols have no name in the string table", max(t.bad, 1))})
	}
	return errors.Join(err, capped)
}

// each yields the entries of the table.
func (t *symtab) each(entrySize uint64, yield func(e entry) bool) error {
	return t.chunks(t.header.offset, t.count*entrySize, entrySize, "the symbols", func(p []byte) bool {
		for ; len(p) > 0; p = p[entrySize:] {
			if !yield(decodeEntry(p[:entrySize], t.is64)) {
				return false
			}
		}
		return true
	})
}

// itabMark begins the names that Go's linker gives to the tables of the methods
// that a type has for an interface; before Go 1.20 it was go.itab.
const itabMark = "go:itab."

// maxItabs bounds the tables that are kept. The Go distribution's own go command
// has 1,500.
const maxItabs = 1 << 17

// typesMark is the symbol that Go's linker puts before the descriptors of types.
const typesMark = "runtime.types\x00"

// addGoData takes what Go's linker tells of data.
func (g *gathering) addGoData(t *symtab, e *entry, table uint8) {
	if kind, ok := e.kind(); !ok || kind != variable || uint64(e.name) > uint64(len(t.names)) {
		return
	}
	switch name := t.names[e.name:]; {
	case strings.HasPrefix(name, typesMark):
		g.fs.goTypes = e.value
	case len(g.fs.itabs) < maxItabs && (strings.HasPrefix(name, itabMark) || strings.HasPrefix(name, "go.itab.")):
		if r, ok := t.record(e, variable, table); ok {
			g.fs.itabs = append(g.fs.itabs, r)
		}
	}
}

// kind returns what is a function with code: of symbols without a type, those
// that stand in a section of code.
func (g *gathering) kind(im *image, e *entry) (recordKind, bool) {
	kind, ok := e.kind()
	if !ok || kind == imported || kind == variable || !g.code(e.value) {
		return 0, false
	}
	if kind == untyped {
		i := int(e.section)
		return kind, i < len(im.sections) && im.sections[i].holdsCode(e.value)
	}
	return kind, true
}

// record makes the record of a symbol.
func (t *symtab) record(e *entry, kind recordKind, table uint8) (record, bool) {
	name, ok := nameAt(t.names, e.name)
	t.left -= len(name)
	if !ok || len(name) > math.MaxUint16 {
		t.left -= maxName // as far as its end has been looked for
		t.bad++
		return record{}, false
	}
	r, ok := suffixedRecord(name, e, kind, table)
	if !ok {
		t.bad++
	}
	return r, ok && r.nameLen > 0
}

// suffixedRecord makes the record of a symbol of that name, of 64 KB at most. Its version,
// if any, is taken off the name (ld writes name@VERSION where it is not the default, and
// either that or name@@VERSION, or no version, where it is).
func suffixedRecord(name string, e *entry, kind recordKind, table uint8) (record, bool) {
	var version uint16
	if at := strings.IndexByte(name, '@'); at > 0 {
		v := name[at+1:]
		if strings.HasPrefix(v, "@") {
			v = v[1:]
		} else {
			version = versionHidden
		}
		if len(v) > versionMask {
			return record{}, false
		}
		version |= uint16(len(v))
		name = name[:at]
	}
	return record{
		value: e.value, size: uint32(min(e.size, math.MaxUint32)),
		name: uint32(e.name), nameLen: uint16(len(name)), version: version, kind: kind, table: table, bind: e.bind(),
	}, true
}
