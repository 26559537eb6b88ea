package fields

import (
	"bytes"
	"encoding/binary"
)

// Reader takes fields off bytes, in little-endian order as all known machines
// have it. It is a value: a copy goes its own way from where it is. The zero
// Reader has no bytes.
type Reader struct {
	p   []byte // up to where it may read
	pos int
	bad bool
}

// New returns a Reader of all of p, which is not copied.
func New(p []byte) Reader { return Reader{p: p} }

// At returns a Reader of p from an offset on, from which Pos counts as well: Bad
// where that is beyond the end.
func At(p []byte, off uint64) Reader {
	if off > uint64(len(p)) {
		return Reader{bad: true}
	}
	return Reader{p: p, pos: int(off)}
}

// Bad tells whether a field was not there, or Fail was called.
func (r *Reader) Bad() bool { return r.bad }

// Fail makes the Reader Bad, for what is there and makes no sense. Nothing more
// can be read.
func (r *Reader) Fail() {
	r.bad = true
	r.p = r.p[:r.pos]
}

// Pos returns where the next field is, or the one that is not there: bytes from
// the first one that the Reader was made of.
func (r *Reader) Pos() int { return r.pos }

// Left returns how many bytes there are still; 0 once it is Bad.
func (r *Reader) Left() int { return len(r.p) - r.pos }

// Seek goes on at a position, within the bytes. A Reader that is Bad stays where it is.
func (r *Reader) Seek(pos int) {
	if r.bad || pos < 0 || pos > len(r.p) {
		r.Fail()
		return
	}
	r.pos = pos
}

// Limit takes away what is behind the next n bytes, which must be there.
func (r *Reader) Limit(n uint64) {
	if n > uint64(len(r.p)-r.pos) {
		r.Fail()
		return
	}
	r.p = r.p[:r.pos+int(n)]
}

// Bytes takes n bytes, which are those that the Reader was made of; nil where
// there are fewer.
func (r *Reader) Bytes(n uint64) []byte {
	if n > uint64(len(r.p)-r.pos) {
		r.Fail()
		return nil
	}
	p := r.p[r.pos:][:n:n]
	r.pos += int(n)
	return p
}

// Rest takes all that is left, which is nothing once it is Bad.
func (r *Reader) Rest() []byte {
	p := r.p[r.pos:]
	r.pos = len(r.p)
	return p
}

// Skip takes n bytes.
func (r *Reader) Skip(n uint64) {
	if n > uint64(len(r.p)-r.pos) {
		r.Fail()
		return
	}
	r.pos += int(n)
}

// U8 takes a byte.
func (r *Reader) U8() uint8 {
	if r.pos >= len(r.p) {
		r.Fail()
		return 0
	}
	r.pos++
	return r.p[r.pos-1]
}

// U16 takes a number of 2 bytes.
func (r *Reader) U16() uint16 {
	if p := r.Bytes(2); p != nil {
		return binary.LittleEndian.Uint16(p)
	}
	return 0
}

// U32 takes a number of 4 bytes.
func (r *Reader) U32() uint32 {
	if p := r.Bytes(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

// U64 takes a number of 8 bytes.
func (r *Reader) U64() uint64 {
	if p := r.Bytes(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// Word takes an address, offset or size: of 8 bytes in 64-bit ELF or DWARF, else
// of 4.
func (r *Reader) Word(is64 bool) uint64 {
	if is64 {
		return r.U64()
	}
	return uint64(r.U32())
}

// Uint takes a number of 1, 2, 3, 4 or 8 bytes. There are no others.
func (r *Reader) Uint(size int) uint64 {
	switch size {
	case 1:
		return uint64(r.U8())
	case 2:
		return uint64(r.U16())
	case 3:
		if p := r.Bytes(3); p != nil {
			return uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16
		}
	case 4:
		return uint64(r.U32())
	case 8:
		return r.U64()
	default:
		r.Fail()
	}
	return 0
}

// Int takes a signed number of such a size.
func (r *Reader) Int(size int) int64 {
	shift := 64 - 8*size
	v := r.Uint(size)
	if r.bad {
		return 0
	}
	return int64(v<<shift) >> shift
}

// Length takes the length of what follows, which says whether that is 64-bit
// DWARF (DWARF 5, 7.4).
func (r *Reader) Length() (n uint64, is64 bool) {
	n = uint64(r.U32())
	if n == 0xffffffff {
		return r.U64(), true
	}
	return n, false
}

// Text takes bytes up to a zero byte, which is not returned; nil where none is
// among the next limit bytes.
func (r *Reader) Text(limit int) []byte {
	n := bytes.IndexByte(r.p[r.pos:][:min(limit, len(r.p)-r.pos)], 0)
	if n < 0 {
		r.Fail()
		return nil
	}
	p := r.p[r.pos:][:n:n]
	r.pos += n + 1
	return p
}
