package corefile

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sort"

	"sonde/sysdeps"
)

// File is an open core file. It is used by one goroutine at a time.
type File struct {
	Contents
	Path string // "" from Read
	// Damage joins what is wrong with the file; nil if nothing is. What could be
	// read is there all the same.
	Damage error

	src    source
	closer io.Closer
	segs   []segment // by address
	back   func(m *Mapped) io.ReaderAt
	backs  map[string]io.ReaderAt
}

// segment is where the bytes of a Segment are.
type segment struct {
	lo, hi sysdeps.Addr
	dumped uint64
	off    uint64
}

// Open opens the core file at path, which may be compressed by zstd or lz4. The error wraps
// ErrNotCore, ErrMachine or a *FormatError, or is that of opening; damage that leaves
// something to be read is in File.Damage.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	c, err := openFile(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	c.Path = path
	if c.closer != f {
		return c, f.Close() // nothing more is read from it
	}
	return c, nil
}

func openFile(f *os.File) (*File, error) {
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%w, but %s", ErrNotCore, kindOf(fi.Mode()))
	}
	how := compressed(f)
	if how == nil {
		c, err := Read(f, fi.Size())
		if err == nil {
			c.closer = f
		}
		return c, err
	}
	whole, err := expand(f, how)
	if err != nil {
		return nil, err
	}
	size, err := whole.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, errors.Join(err, whole.Close())
	}
	c, err := Read(whole, size)
	if err != nil {
		return nil, errors.Join(err, whole.Close())
	}
	c.closer = whole
	return c, nil
}

func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	}
	return "a device or socket"
}

// Read reads a core file of size bytes, as Open does. r is read from as long as the
// File is in use.
func Read(r io.ReaderAt, size int64) (*File, error) {
	f := &File{src: source{r, uint64(max(size, 0))}}
	arch, phoff, phnum, err := readHeader(&f.src)
	if err != nil {
		return nil, err
	}
	f.Arch = arch
	headers, err := readProgramHeaders(&f.src, arch, phoff, phnum)
	damage := []error{err}
	for i := range headers {
		switch h := &headers[i]; h.typ {
		case elf.PT_NOTE:
			damage = append(damage, f.readNotes(h)...)
		case elf.PT_LOAD:
			damage = append(damage, f.addSegment(h))
		}
	}
	damage = append(damage, f.missing())
	f.Damage = errors.Join(damage...)
	slices.SortStableFunc(f.segs, func(a, b segment) int {
		switch {
		case a.lo < b.lo:
			return -1
		case a.lo > b.lo:
			return 1
		}
		return 0
	})
	return f, nil
}

func (f *File) readNotes(h *programHeader) []error {
	var errs []error
	size := h.filesz
	if size > maxNotes {
		errs = append(errs, &FormatError{h.fileOffsetSelf, fmt.Sprintf("%d bytes of notes", size)})
		size = maxNotes
	}
	if h.off < f.src.size {
		size = min(size, f.src.size-h.off)
	}
	p, err := f.src.bytes(h.off, size, "notes")
	if err != nil {
		return append(errs, err)
	}
	return append(errs, readNotes(p, h.off, f.take)...)
}

func (f *File) addSegment(h *programHeader) error {
	if h.memsz == 0 && h.filesz == 0 {
		return nil
	}
	// Some writers leave p_memsz out.
	memsz := max(h.memsz, h.filesz)
	if h.vaddr+memsz < h.vaddr && h.vaddr+memsz != 0 {
		return &FormatError{h.fileOffsetSelf, fmt.Sprintf("a segment of %#x bytes at %#x", memsz, h.vaddr)}
	}
	s := Segment{
		Lo: sysdeps.Addr(h.vaddr), Hi: sysdeps.Addr(h.vaddr + memsz), Flags: h.flags, Dumped: h.filesz,
	}
	f.Segments = append(f.Segments, s)
	f.segs = append(f.segs, segment{s.Lo, s.Hi, s.Dumped, h.off})
	return nil
}

// missing tells what of the segments lies beyond the end of the file.
func (f *File) missing() error {
	var cut, bytes uint64
	for _, s := range f.segs {
		var have uint64
		if s.off < f.src.size {
			have = f.src.size - s.off
		}
		if have < s.dumped {
			cut++
			bytes += s.dumped - have
		}
	}
	if cut == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d bytes of %d of the %d segments are missing", ErrCut, bytes, cut, len(f.segs))
}

// Close ends the use of the file.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// find returns the segment that holds an address.
func (f *File) find(a sysdeps.Addr) (*segment, bool) {
	// hi is 0 where a segment goes to the end of the address space.
	i := sort.Search(len(f.segs), func(i int) bool { return f.segs[i].lo > a }) - 1
	if i < 0 || f.segs[i].hi != 0 && a >= f.segs[i].hi {
		return nil, false
	}
	return &f.segs[i], true
}

// Segment returns the segment that holds an address; nil where there is none.
func (f *File) Segment(a sysdeps.Addr) *Segment {
	for i := range f.Segments {
		if s := &f.Segments[i]; s.Lo <= a && (a < s.Hi || s.Hi == 0) {
			return s
		}
	}
	return nil
}
