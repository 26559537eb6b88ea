package elfsym

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"sonde/sysdeps"
)

// File is what one program or shared library says of itself. It is immutable,
// and may be used by any number of goroutines.
type File struct {
	Path   string // as opened; "" from Parse
	Arch   *sysdeps.Arch
	Type   elf.Type // ET_EXEC or ET_DYN
	Entry  uint64   // address of the first instruction
	Interp string   // PT_INTERP, the dynamic linker; "" when there is none
	SONAME string   // DT_SONAME, "" when there is none
	Needed []string // DT_NEEDED, in order

	// RPath and RunPath are where to look for what is needed, as DT_RPATH
	// and DT_RUNPATH say it: directories separated by colons. Where there is
	// a DT_RUNPATH, the other one does not count and is "" (ld.so(8)).
	RPath, RunPath string

	// Dynamic says that there is a dynamic segment: without one nothing is
	// imported or exported. DynAddr is its address, where a running program
	// has DT_DEBUG.
	Dynamic bool
	DynAddr uint64
	// Init is the address of the function that runs before all else in the
	// file (DT_INIT), 0 where there is none.
	Init uint64

	hasRunPath    bool // DT_RUNPATH is there, perhaps empty
	noDefaultDirs bool // DF_1_NODEFLIB: only those directories count

	segments []Segment
	names    string   // the dynamic string table
	versions []string // by version index
	symbols  []record
	byName   nameIndex
	indexing sync.Once
	slots    []Slot
	buildID  []byte
	id       ID // of the file that was opened; zero from Parse

	gotBase     uint64   // DT_PLTGOT
	targets     []record // symbols of pointers
	pointers    []pointer
	pointerList []Pointer
	listing     sync.Once

	functions allFunctions
	searching searching
	using     usesOnce
	unwinding unwindOnce

	content []byte // from ParseBytes: the whole file
	linking linking
}

// Segment is a part of the file that is mapped into memory (PT_LOAD).
type Segment struct {
	Addr, Size       uint64 // in memory, in bytes
	Offset, FileSize uint64 // in the file; what FileSize lacks is zeroes
	Flags            elf.ProgFlag
}

// Open reads the ELF file at path and closes it again. The error is that of
// opening, or wraps ErrNotELF, ErrMachine or a *FormatError.
func Open(path string) (*File, error) {
	return open(path, false, func(os.FileInfo) error { return nil })
}

// open reads the file at path if check agrees with what is found there.
func open(path string, lazy bool, check func(os.FileInfo) error) (*File, error) {
	fh, fi, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer fh.Close()
	if err := check(fi); err != nil {
		return nil, err
	}
	f, err := parse(fh, fi.Size(), lazy)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	f.Path = path
	if f.id, err = IDOf(fi); err != nil {
		return nil, err
	}
	return f, nil
}

// openRegular opens a plain file, and says which one that is. What is none is
// ErrNotELF: it is not opened, since opening a device does things and opening a
// pipe waits.
func openRegular(path string) (*os.File, os.FileInfo, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case fi.IsDir():
		return nil, nil, fmt.Errorf("read %s: %w, but a directory", path, ErrNotELF)
	case !fi.Mode().IsRegular():
		return nil, nil, fmt.Errorf("read %s: %w", path, ErrNotELF)
	}
	fh, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may be a pipe by now
	if err != nil {
		return nil, nil, err
	}
	if fi, err = fh.Stat(); err == nil && !fi.Mode().IsRegular() {
		err = fmt.Errorf("read %s: %w", path, ErrNotELF)
	}
	if err != nil {
		fh.Close()
		return nil, nil, err
	}
	return fh, fi, nil
}

// contents are a file's bytes while they are read.
type contents interface {
	io.ReaderAt
	io.Closer
}

// reopen opens the file that was read, at path. ErrChanged says that another
// one is there.
func (f *File) reopen(path string) (contents, int64, error) {
	if f.content != nil {
		return mapped(f.content), int64(len(f.content)), nil
	}
	fh, fi, err := openRegular(path)
	if err != nil {
		return nil, 0, err
	}
	id, err := IDOf(fi)
	if err == nil && f.id != (ID{}) && id != f.id {
		err = fmt.Errorf("read %s: %w", path, ErrChanged)
	}
	if err != nil {
		fh.Close()
		return nil, 0, err
	}
	return fh, fi.Size(), nil
}

// ParseBytes reads an ELF file that no path leads to, such as the vDSO out of a
// process's memory. It keeps p: what takes a path to the file reads p instead.
func ParseBytes(p []byte) (*File, error) {
	f, err := Parse(mapped(p), int64(len(p)))
	if err != nil {
		return nil, err
	}
	f.content = p
	return f, nil
}

// Parse reads an ELF file of size bytes. It keeps nothing of r.
func Parse(r io.ReaderAt, size int64) (*File, error) { return parse(r, size, false) }

func parse(r io.ReaderAt, size int64, lazy bool) (*File, error) {
	if size < 0 {
		return nil, ErrNotELF
	}
	s := &source{r: r, size: uint64(size)}
	h, err := readHeader(s)
	if err != nil {
		return nil, err
	}
	f := &File{Arch: h.arch, Type: h.typ, Entry: h.entry, linking: linking{lazy: lazy}}
	if err := f.readSegments(s, h); err != nil {
		return nil, err
	}
	f.buildID = readBuildID(s, h.notes)
	switch {
	case lazy:
	case f.Dynamic:
		err = f.readDynamic(s, h)
	default:
		err = f.readStatic(s, h)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// readDynamic reads all that the dynamic segment leads to.
func (f *File) readDynamic(s *source, h *header) error {
	d, err := readDynamicTable(s, f.DynAddr, h.dynSize)
	if err != nil {
		return err
	}
	f.Init = d.value[elf.DT_INIT]
	if f.names, err = d.readNames(s); err != nil {
		return err
	}
	if err = f.readLibraries(d); err != nil {
		return err
	}
	if f.versions, err = readVersions(s, d, f.names); err != nil {
		return err
	}
	f.gotBase = d.value[elf.DT_PLTGOT]
	relocs, err := readRelocs(s, d, f.Arch)
	if err != nil {
		return err
	}
	t, err := readSymbolTable(s, d, relocs, f.names)
	if err != nil {
		return err
	}
	if f.symbols, err = t.records(); err != nil {
		return err
	}
	if err := f.readPointers(relocs, t); err != nil {
		return err
	}
	f.slots, err = f.readPLT(s, h, d)
	return err
}

// readStatic reads what a program has that no dynamic linker sees.
func (f *File) readStatic(s *source, h *header) error {
	relocs, err := readStaticRelocs(s, h, f.Arch)
	if err != nil {
		return err
	}
	return f.readPointers(relocs, &symbolTable{})
}

// Name returns the library's own name, or the last part of Path where it has
// none. Through /proc/PID/map_files that part is no name: take the one that
// the mapping has.
func (f *File) Name() string {
	if f.SONAME != "" {
		return f.SONAME
	}
	return filepath.Base(f.Path)
}

// Segments returns the loadable segments in the order of the file. They are
// not to be changed.
func (f *File) Segments() []Segment { return f.segments }

// Executable tells whether the file has code at a link-time address.
func (f *File) Executable(addr uint64) bool {
	for i := range f.segments {
		seg := &f.segments[i]
		if seg.Flags&elf.PF_X != 0 && addr >= seg.Addr && addr-seg.Addr < seg.FileSize {
			return true
		}
	}
	return false
}

// PLT returns the slots of the procedure linkage table, sorted by Addr, with
// no Addr twice. They are not to be changed.
func (f *File) PLT() []Slot {
	f.link()
	return f.slots
}

// nameAt returns the NUL-terminated string at an offset of a string table.
func nameAt(table string, off uint64) (string, bool) {
	if off >= uint64(len(table)) {
		return "", false
	}
	s := table[off:]
	n := strings.IndexByte(s[:min(len(s), maxName+1)], 0)
	if n < 0 {
		return "", false
	}
	return s[:n], true
}

// maxName caps the length of one name in bytes. C++ makes names of some
// thousands.
const maxName = 1 << 16
