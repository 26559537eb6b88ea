package corefile

import (
	"io"
	"sort"

	"sonde/sysdeps"
)

// SetBacking says where the bytes of mapped files are found that the core file
// leaves out, as the kernel's mostly leave out code: open is asked once for each
// path, and returns nil where there is no such file, or another one.
func (f *File) SetBacking(open func(m *Mapped) io.ReaderAt) {
	f.back, f.backs = open, make(map[string]io.ReaderAt)
}

// ReadMemory implements sysdeps.Memory. The error is a *MemoryError.
func (f *File) ReadMemory(p []byte, a sysdeps.Addr) (n int, err error) {
	for n < len(p) {
		got, err := f.readPiece(p[n:], a+sysdeps.Addr(n))
		n += got
		if err != nil {
			return n, &MemoryError{a + sysdeps.Addr(n), err}
		}
	}
	return n, nil
}

// readPiece reads what one segment has, or what is in a file that was mapped.
func (f *File) readPiece(p []byte, a sysdeps.Addr) (int, error) {
	s, ok := f.find(a)
	if !ok {
		return f.readUntold(p, a)
	}
	at := uint64(a - s.lo)
	if left := uint64(s.hi - a); left < uint64(len(p)) {
		p = p[:left]
	}
	if at >= s.dumped {
		return f.readBacking(p, a)
	}
	p = p[:min(uint64(len(p)), s.dumped-at)]
	off := s.off + at
	if off < s.off || off >= f.src.size {
		return 0, ErrCut
	}
	cut := f.src.size-off < uint64(len(p))
	if cut {
		p = p[:f.src.size-off]
	}
	n, err := f.src.r.ReadAt(p, int64(off))
	if n == len(p) {
		err = nil
		if cut {
			err = ErrCut
		}
	}
	return n, err
}

// readUntold reads what no segment tells of, and a file has that was mapped there: gdb's
// gcore leaves out what cannot be written.
func (f *File) readUntold(p []byte, a sysdeps.Addr) (int, error) {
	next := sort.Search(len(f.segs), func(i int) bool { return f.segs[i].lo > a })
	if next < len(f.segs) {
		p = p[:min(uint64(len(p)), uint64(f.segs[next].lo-a))]
	}
	if n, err := f.readBacking(p, a); n > 0 {
		return n, err
	}
	return 0, ErrNotMapped
}

// readBacking reads from the file that was mapped at a.
func (f *File) readBacking(p []byte, a sysdeps.Addr) (int, error) {
	i := sort.Search(len(f.Mapped), func(i int) bool { return f.Mapped[i].Lo > a }) - 1
	if i < 0 || a >= f.Mapped[i].Hi || f.back == nil {
		return 0, ErrNotDumped
	}
	m := &f.Mapped[i]
	r, asked := f.backs[m.Path]
	if !asked {
		r = f.back(m)
		f.backs[m.Path] = r
	}
	if r == nil {
		return 0, ErrNotDumped
	}
	p = p[:min(uint64(len(p)), uint64(m.Hi-a))]
	n, err := r.ReadAt(p, int64(m.Offset+uint64(a-m.Lo)))
	if n > 0 && err == io.EOF {
		// A file ends within its last page, which is zero behind it.
		clear(p[n:min(len(p), n+sysdeps.PageSize-1)])
		return len(p[:min(len(p), n+int(-(a+sysdeps.Addr(n))&(sysdeps.PageSize-1)))]), nil
	}
	if n < len(p) && err == io.EOF {
		err = ErrNotDumped
	}
	return n, err
}
