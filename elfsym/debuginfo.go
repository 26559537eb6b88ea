package elfsym

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
)

// ErrNoDebugInfo says that nothing tells what source a program was made of.
var ErrNoDebugInfo = errors.New("no debugging information")

// DebugInfo is a file with debugging information that is open: the program
// itself or its separate debug file, and from there the other files that it may
// be spread over (Split, Package, Supplementary). It may be used by any number
// of goroutines.
//
// Its sections are slices of the file as it is mapped, unless they are
// compressed: who reads them does so under debug.SetPanicOnFault, since a file
// that is cut short meanwhile makes its pages inaccessible, and keeps nothing of
// them beyond Close.
type DebugInfo struct {
	Path string // where the file was found

	*image
	program string // the path of the program, below the finder's Root
	where   *DebugFinder
	mapping []byte // the whole file; nil if it is not mapped

	mu       sync.Mutex
	inflated map[int][]byte
	grown    [][]byte // what Growing has mapped
	budget   *budget
	taken    atomic.Uint64 // bytes of it
}

// take takes bytes off the budget until d is closed.
func (d *DebugInfo) take(n uint64) error {
	err := d.budget.take(n)
	if err == nil {
		d.taken.Add(n)
	}
	return err
}

// DebugInfo opens the debugging information of the file, which is at path now:
// in itself, or in a separate debug file that is looked for as where says, as
// with Functions. The error wraps ErrNoDebugInfo if there is none.
func (f *File) DebugInfo(path string, where *DebugFinder) (*DebugInfo, error) {
	return f.openDebug(path, where, "info")
}

// openDebug opens the file that has the section .debug_NAME: the file itself, or
// its separate debug file.
func (f *File) openDebug(path string, where *DebugFinder, name string) (*DebugInfo, error) {
	fh, size, err := f.reopen(path)
	if err != nil {
		return nil, err
	}
	defer fh.Close()
	main, err := openSections(fh, size)
	if err != nil {
		return nil, err
	}
	d := &DebugInfo{Path: path, where: where, budget: inflation}
	if where != nil {
		d.program = where.real(path)
	}
	if _, ok := main.debugSection(name); ok {
		return d.attach(main, fh)
	}
	debug, err := where.find(f.buildID, main, path)
	if debug == nil {
		return nil, errors.Join(ErrNoDebugInfo, err)
	}
	defer debug.Close()
	d.Path = debug.path
	return d.attach(debug.image, debug.File)
}

// attach maps the file, which may be closed then, and returns d.
func (d *DebugInfo) attach(im *image, from contents) (*DebugInfo, error) {
	d.image = im
	fh, ok := from.(*os.File)
	if !ok {
		return d, nil // it is in memory
	}
	mapping, err := mapFile(fh, im.size)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", d.Path, err)
	}
	im.r, d.mapping = mapped(mapping), mapping
	return d, nil
}

// mapFile maps the whole of a file.
func mapFile(fh *os.File, size uint64) ([]byte, error) {
	if size == 0 || size > math.MaxInt {
		return nil, fmt.Errorf("%d bytes", size)
	}
	return syscall.Mmap(int(fh.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_PRIVATE)
}

// Close ends the use of all sections.
func (d *DebugInfo) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, p := range append(d.grown, d.mapping) {
		if p != nil {
			errs = append(errs, syscall.Munmap(p))
		}
	}
	d.mapping, d.inflated, d.grown = nil, nil, nil
	d.budget.give(d.taken.Swap(0))
	return errors.Join(errs...)
}

// Is64 tells whether addresses have 64 bits.
func (d *DebugInfo) Is64() bool { return d.is64 }

// Forget tells the kernel that what was read of the mapped sections is not
// needed for now: it no longer counts as the program's memory.
func (d *DebugInfo) Forget() {
	if d.mapping != nil {
		_ = syscall.Madvise(d.mapping, syscall.MADV_DONTNEED) // advice
	}
}

// Sections returns the contents of all sections .debug_NAME in the order of the
// file: object files have several of a name, one for each group. There is none
// in a file without them, which is no error.
func (d *DebugInfo) Sections(name string) ([][]byte, error) {
	var out [][]byte
	for i := range d.sections {
		sh := &d.sections[i]
		if !sh.holdsDebug(name) {
			continue
		}
		p, err := d.contents(i, sh)
		if err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", sh.name, d.Path, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// holdsDebug tells whether a section is .debug_NAME, or .zdebug_NAME, as
// compressed ones were called before ELF had a flag for them. A debug file names
// the sections that stayed in the program, and the other way round, without
// having them.
func (sh *namedSection) holdsDebug(name string) bool {
	return sh.typ != elf.SHT_NOBITS && (sh.name == ".debug_"+name || sh.name == ".zdebug_"+name)
}

func (sh *namedSection) compressed() bool {
	return sh.flags&elf.SHF_COMPRESSED != 0 || sh.name[1] == 'z'
}

// debugSection returns the first section .debug_NAME.
func (im *image) debugSection(name string) (*namedSection, bool) {
	i := slices.IndexFunc(im.sections, func(sh namedSection) bool { return sh.holdsDebug(name) })
	if i < 0 {
		return nil, false
	}
	return &im.sections[i], true
}

// contents returns what section i holds.
func (d *DebugInfo) contents(i int, sh *namedSection) ([]byte, error) {
	if sh.compressed() {
		return d.inflate(i, sh)
	}
	return d.stored(sh)
}

// stored returns a section as it stands in the file.
func (d *DebugInfo) stored(sh *namedSection) ([]byte, error) {
	if d.mapping == nil {
		return d.bytes(sh.offset, sh.size, sh.name)
	}
	if sh.offset > d.size || sh.size > d.size-sh.offset {
		return nil, d.truncated(sh.offset, sh.size, sh.name)
	}
	return d.mapping[sh.offset:][:sh.size:sh.size], nil
}

// usualRatio is how much debugging information shrinks at most. Of what claims to
// have shrunk more the size is not believed before the bytes are there, which are
// maxUnusual at most.
const (
	usualRatio = 32
	maxUnusual = 64 << 20
)

// inflate decompresses section i, once.
func (d *DebugInfo) inflate(i int, sh *namedSection) (p []byte, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if known, ok := d.inflated[i]; ok {
		return known, nil
	}
	r, size, err := d.decompress(sh)
	if err != nil {
		return nil, err
	}
	usual := size/usualRatio <= sh.size
	if !usual && size > maxUnusual {
		return nil, fmt.Errorf("%d bytes, more than the limit of %d for %d", size, maxUnusual, sh.size)
	}
	if err := d.take(size); err != nil {
		return nil, err
	}
	if usual {
		p = make([]byte, size)
		_, err = io.ReadFull(r, p)
	} else {
		p, err = io.ReadAll(io.LimitReader(r, int64(size))) // which allocates as it reads
		if err == nil && uint64(len(p)) < size {
			err = io.ErrUnexpectedEOF
		}
	}
	if err != nil {
		return nil, err
	}
	if d.inflated == nil {
		d.inflated = make(map[int][]byte)
	}
	d.inflated[i] = p
	return p, nil
}
