package elfsym

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxPiece caps what is read and held at once. The largest table seen in the
// wild, the names of a web browser's engine, has some 20 MB.
const maxPiece = 128 << 20

// source is the file as numbered bytes, and as the memory that its loadable
// segments will be.
type source struct {
	r    io.ReaderAt
	size uint64
	is64 bool
	segs []Segment
}

// bytes reads n bytes at off. The error says what it was that is cut off.
func (s *source) bytes(off, n uint64, what string) ([]byte, error) {
	if n > maxPiece {
		return nil, &FormatError{off, fmt.Sprintf("%s of %d bytes, more than the limit of %d", what, n, maxPiece)}
	}
	if off > s.size || n > s.size-off {
		return nil, s.truncated(off, n, what)
	}
	p := make([]byte, n)
	if err := s.fill(p, off, what); err != nil {
		return nil, err
	}
	return p, nil
}

// fill reads len(p) bytes at off, which lie within the file's size.
func (s *source) fill(p []byte, off uint64, what string) error {
	if n, err := s.r.ReadAt(p, int64(off)); n < len(p) {
		if errors.Is(err, io.EOF) { // it shrank after its size was asked
			return s.truncated(off, uint64(len(p)), what)
		}
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

func (s *source) truncated(off, n uint64, what string) error {
	if off > s.size {
		return &FormatError{off, fmt.Sprintf("truncated: %s should be at %d, the file has %d bytes", what, off, s.size)}
	}
	return &FormatError{off, fmt.Sprintf("truncated: %s should end at %d, the file has %d bytes", what, off+n, s.size)}
}

// find translates an address to its offset in the file, and to the number of
// bytes of its segment that the file holds from there on.
func (s *source) find(addr uint64) (off, n uint64, ok bool) {
	for i := range s.segs {
		seg := &s.segs[i]
		if d := addr - seg.Addr; addr >= seg.Addr && d < seg.FileSize {
			return seg.Offset + d, seg.FileSize - d, true
		}
	}
	return 0, 0, false
}

// mapped reads n bytes at an address, which must lie in one segment.
func (s *source) mapped(addr, n uint64, what string) ([]byte, error) {
	off, err := s.locate(addr, n, what)
	if err != nil {
		return nil, err
	}
	return s.bytes(off, n, what)
}

// locate returns the file offset of n bytes at an address, which must lie in
// one segment.
func (s *source) locate(addr, n uint64, what string) (uint64, error) {
	off, have, ok := s.find(addr)
	if !ok {
		return 0, &FormatError{0, fmt.Sprintf("%s at address %#x, outside of all segments", what, addr)}
	}
	if n > have {
		return 0, &FormatError{off, fmt.Sprintf("%s of %d bytes, of which the segment holds %d", what, n, have)}
	}
	return off, nil
}

// chunkSize is the unit in which long tables and code are read.
const chunkSize = 64 << 10

// chunks reads n bytes at off piece by piece, each a multiple of unit bytes
// unless it is the last, and gives the pieces to yield until that says false.
// A piece is overwritten by the next one.
func (s *source) chunks(off, n, unit uint64, what string, yield func(p []byte) bool) error {
	if off > s.size || n > s.size-off {
		return s.truncated(off, n, what)
	}
	buffer := make([]byte, min(n, chunkSize/unit*unit))
	for n > 0 {
		p := buffer[:min(n, uint64(len(buffer)))]
		if err := s.fill(p, off, what); err != nil {
			return err
		}
		if !yield(p) {
			return nil
		}
		off, n = off+uint64(len(p)), n-uint64(len(p))
	}
	return nil
}

// text reads a string table of n bytes at off.
func (s *source) text(off, n, limit uint64, what string) (string, error) {
	if n > limit {
		return "", &FormatError{off, fmt.Sprintf("%s of %d bytes, more than the limit of %d", what, n, limit)}
	}
	var text strings.Builder
	if off < s.size && n <= s.size-off {
		text.Grow(int(n))
	}
	err := s.chunks(off, n, 1, what, func(p []byte) bool {
		text.Write(p)
		return true
	})
	return text.String(), err
}

// wordSize returns the size of an address in the file's tables.
func (s *source) wordSize() uint64 {
	if s.is64 {
		return 8
	}
	return 4
}

// executable returns the part of [addr, addr+size) that one executable segment
// holds in the file, or 0 bytes.
func (s *source) executable(addr, size uint64) (n uint64) {
	for i := range s.segs {
		seg := &s.segs[i]
		if d := addr - seg.Addr; seg.Flags&elf.PF_X != 0 && addr >= seg.Addr && d < seg.FileSize {
			return min(size, seg.FileSize-d)
		}
	}
	return 0
}
