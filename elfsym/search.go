package elfsym

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
)

// maxSearches is how many functions of a file are looked for one by one: by then that
// has taken about as long as to make the list of all of them. maxSearched caps the
// symbols of a table that is searched.
const (
	maxSearches = 32
	maxSearched = 4 << 20
)

// FunctionAt returns the function whose code is at a link-time address, as At of
// Functions does, its version aside. path and where are as with Functions.
//
// The tables of symbols are searched as they stand in their files: for the few functions
// of a stack it takes longer to sort all of a C library's than it does to do all the rest.
// Who asks often gets them sorted.
func (f *File) FunctionAt(path string, where *DebugFinder, addr uint64) (Symbol, bool) {
	if s := f.searchable(path, where); s != nil {
		if sym, ok, err := s.at(addr); err == nil {
			return sym, ok
		}
	}
	fs, _ := f.Functions(path, where) // what cannot be read tells of no function
	return fs.At(addr)
}

// searching is a File's symbolSearch, once it is open.
type searching struct {
	sync.Mutex
	tried bool
	times int
	in    *symbolSearch // nil where the list of all functions is needed
}

// searchable returns the tables, or nil where the list of all functions is there, or is
// to be made.
func (f *File) searchable(path string, where *DebugFinder) *symbolSearch {
	f.functions.Lock()
	listed := f.functions.found != nil
	f.functions.Unlock()
	f.searching.Lock()
	defer f.searching.Unlock()
	if f.searching.times++; listed || f.searching.times > maxSearches {
		f.searching.in = nil
		return nil
	}
	if !f.searching.tried {
		f.searching.tried = true
		if s, err := f.openSearch(path, where); err == nil {
			f.searching.in = s
		}
	}
	return f.searching.in
}

// symbolSearch are the symbol tables of a file and of its debug file. It may be used by
// any number of goroutines.
type symbolSearch struct {
	g      gathering   // of nothing: it tells what is a function
	main   *UnwindInfo // whose mapping of the file it uses
	tables []searchedTable
}

// searchedTable is a symbol table where it stands: in a file that is mapped, which may be
// cut short meanwhile.
type searchedTable struct {
	*image
	entries   []byte
	entrySize int
	names     []byte
}

// errListed says that a file is not one to be searched.
var errListed = errors.New("its functions are to be listed")

// openSearch finds the tables. They are mapped for as long as they can be reached.
func (f *File) openSearch(path string, where *DebugFinder) (s *symbolSearch, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("%w: %v", ErrChanged, r)
		}
	}()
	s = &symbolSearch{g: gathering{file: f}}
	main, err := s.openMain(path, where)
	if err != nil {
		return nil, err
	}
	if len(main.sections) == 0 || slices.ContainsFunc(main.sections, func(sh namedSection) bool { return isGoTable(sh.name) }) {
		return nil, errListed
	}
	if _, err := s.add(main, elf.SHT_DYNSYM); err != nil {
		return nil, err
	}
	if complete, err := s.add(main, elf.SHT_SYMTAB); complete || err != nil {
		return s, err // what a debug file would repeat
	}
	file, _ := where.find(f.buildID, main, path) // why there is none matters to nobody here
	if file != nil {
		defer file.Close()
		p, err := s.mapped(file.File, file.size)
		if err != nil {
			return nil, err
		}
		file.r = mapped(p)
		if found, err := s.add(file.image, elf.SHT_SYMTAB); found || err != nil {
			return s, err
		}
	}
	if inner, err := openMiniDebug(main); err == nil && inner != nil {
		_, err = s.add(inner, elf.SHT_SYMTAB)
		return s, err
	}
	return s, nil
}

// openMain opens the file itself, as it is mapped for unwinding.
func (s *symbolSearch) openMain(path string, where *DebugFinder) (*image, error) {
	u, err := s.g.file.UnwindInfo(path, where)
	if err != nil {
		return nil, err
	}
	s.main = u
	return openSections(mapped(u.whole), int64(len(u.whole)))
}

// mapped maps a file for as long as s can be reached.
func (s *symbolSearch) mapped(fh *os.File, size uint64) ([]byte, error) {
	p, err := mapFile(fh, size)
	if err == nil {
		runtime.AddCleanup(s, func(p []byte) { _ = syscall.Munmap(p) }, p)
	}
	return p, err
}

// add adds the table of that type, and reports whether there is one.
func (s *symbolSearch) add(im *image, typ elf.SectionType) (found bool, err error) {
	i := slices.IndexFunc(im.sections, func(sh namedSection) bool { return sh.typ == typ })
	if i < 0 {
		return false, nil
	}
	sh := &im.sections[i].sectionHeader
	str, err := im.symbolNames(sh)
	if err != nil {
		return true, err
	}
	t := searchedTable{image: im, entrySize: int(sh.entrySize)}
	if sh.size/sh.entrySize > maxSearched {
		return true, errListed
	}
	if t.entries, err = im.view(sh.offset, sh.size); err != nil {
		return true, err
	}
	if t.names, err = im.view(str.offset, str.size); err != nil {
		return true, err
	}
	s.tables = append(s.tables, t)
	return true, nil
}

// view returns n bytes at off of a file that is mapped.
func (s *source) view(off, n uint64) ([]byte, error) {
	p, ok := s.r.(mapped)
	if !ok || off > uint64(len(p)) || n > uint64(len(p))-off {
		return nil, s.truncated(off, n, "symbols")
	}
	return p[off:][:n:n], nil
}

// found is a symbol with the name that it has.
type found struct {
	record
	nameTable
}

// at finds what Functions.At does.
func (s *symbolSearch) at(addr uint64) (sym Symbol, ok bool, err error) {
	defer runtime.KeepAlive(s)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrChanged, r)
		}
	}()
	best := s.covering(addr)
	if best == nil {
		best = s.sizeless(addr)
	}
	if best == nil {
		return Symbol{}, false, nil
	}
	return best.symbol(&best.record), true, nil
}

// covering returns the best name of those that begin last of the functions whose code is
// at the address; nil where there is none.
func (s *symbolSearch) covering(addr uint64) (best *found) {
	for i := range s.tables {
		t := &s.tables[i]
		for p := t.entries; len(p) >= t.entrySize; p = p[t.entrySize:] {
			value, size := t.extent(p)
			if addr-value >= size || value > addr || best != nil && value < best.value {
				continue
			}
			if size > math.MaxUint32 && addr-value >= math.MaxUint32 {
				continue // as much of a size as a record has
			}
			if f := s.function(t, p); f != nil && (best == nil || value > best.value || f.before(best)) {
				best = f
			}
		}
	}
	return best
}

// sizeless returns the best name of a function without a size that begins last of all
// before the address; nil if others begin there.
func (s *symbolSearch) sizeless(addr uint64) (best *found) {
	last := uint64(0)
	for i := range s.tables {
		t := &s.tables[i]
		for p := t.entries; len(p) >= t.entrySize; p = p[t.entrySize:] {
			value, size := t.extent(p)
			if value > addr || value < last || value == last && size != 0 {
				continue
			}
			f := s.function(t, p)
			switch {
			case f == nil:
			case value > last && size != 0:
				last, best = value, nil
			case value > last || best == nil || f.before(best):
				last, best = value, f
			}
		}
	}
	return best
}

// extent is the value and the size of an Elf64_Sym or an Elf32_Sym.
func (t *searchedTable) extent(p []byte) (value, size uint64) {
	le := binary.LittleEndian
	if t.is64 {
		return le.Uint64(p[8:]), le.Uint64(p[16:])
	}
	return uint64(le.Uint32(p[4:])), uint64(le.Uint32(p[8:]))
}

// function returns what a symbol says if it is a function with a name; else nil.
func (s *symbolSearch) function(t *searchedTable, p []byte) *found {
	e := decodeEntry(p[:t.entrySize], t.is64)
	kind, ok := s.g.kind(t.image, &e)
	if !ok || e.name > uint64(len(t.names)) {
		return nil
	}
	raw := t.names[e.name:]
	end := bytes.IndexByte(raw[:min(len(raw), math.MaxUint16+1)], 0)
	if end <= 0 {
		return nil
	}
	name := string(raw[:end])
	e.name = 0 // in a string of its own
	r, ok := suffixedRecord(name, &e, kind, 0)
	if !ok || r.nameLen == 0 {
		return nil
	}
	return &found{r, nameTable{names: name, suffixed: true}}
}

// before tells whether f is the better name of two for the same code.
func (f *found) before(other *found) bool {
	both := Functions{tables: []nameTable{other.nameTable, f.nameTable}}
	r := f.record
	r.table = 1
	return both.compareAliases(&r, &other.record) < 0
}
