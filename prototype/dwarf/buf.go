package dwarf

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// buf takes fields off a section, in little-endian order as all known machines
// have it. After the first one that is not there everything reads as 0, so that
// a reader checks bad once at its end.
type buf struct {
	p   []byte
	pos int
	bad bool
}

// at returns a buf that begins at an offset of a section.
func at(p []byte, off uint64) buf {
	if off > uint64(len(p)) {
		return buf{bad: true}
	}
	return buf{p: p, pos: int(off)}
}

func (b *buf) take(n uint64) []byte {
	if b.bad || n > uint64(len(b.p)-b.pos) {
		b.bad = true
		return nil
	}
	p := b.p[b.pos:][:n]
	b.pos += int(n)
	return p
}

func (b *buf) skip(n uint64) { b.take(n) }

func (b *buf) u8() byte {
	if p := b.take(1); p != nil {
		return p[0]
	}
	return 0
}

func (b *buf) u16() uint16 {
	if p := b.take(2); p != nil {
		return binary.LittleEndian.Uint16(p)
	}
	return 0
}

func (b *buf) u32() uint32 {
	if p := b.take(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

func (b *buf) u64() uint64 {
	if p := b.take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// uint reads a number of size bytes: 1, 2, 3, 4 or 8.
func (b *buf) uint(size int) uint64 {
	switch size {
	case 1:
		return uint64(b.u8())
	case 2:
		return uint64(b.u16())
	case 3:
		if p := b.take(3); p != nil {
			return uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16
		}
	case 4:
		return uint64(b.u32())
	case 8:
		return b.u64()
	default:
		b.bad = true
	}
	return 0
}

// offset reads a section offset: 8 bytes in 64-bit DWARF.
func (b *buf) offset(is64 bool) uint64 {
	if is64 {
		return b.u64()
	}
	return uint64(b.u32())
}

// length reads a unit's length, which says whether this is 64-bit DWARF
// (DWARF 5, 7.4).
func (b *buf) length() (n uint64, is64 bool) {
	n = uint64(b.u32())
	if n == 0xffffffff {
		return b.u64(), true
	}
	return n, false
}

// uleb reads an unsigned LEB128 number (DWARF 5, 7.6). Bits beyond 64 are lost.
func (b *buf) uleb() (v uint64) {
	for shift := uint(0); !b.bad; shift += 7 {
		c := b.u8()
		if shift < 64 {
			v |= uint64(c&0x7f) << shift
		}
		if c&0x80 == 0 {
			break
		}
	}
	return v
}

// sleb reads a signed LEB128 number.
func (b *buf) sleb() (v int64) {
	for shift := uint(0); !b.bad; {
		c := b.u8()
		if shift < 64 {
			v |= int64(c&0x7f) << shift
		}
		shift += 7
		if c&0x80 == 0 {
			if c&0x40 != 0 && shift < 64 {
				v |= -1 << shift
			}
			break
		}
	}
	return v
}

// skipLEB skips a LEB128 number.
func (b *buf) skipLEB() {
	for b.u8()&0x80 != 0 {
	}
}

// maxName caps a string in bytes. C++ makes names of some thousands.
const maxName = 1 << 16

// text reads a string up to its NUL, and returns a slice of the section.
func (b *buf) text() []byte {
	if b.bad {
		return nil
	}
	n := bytes.IndexByte(b.p[b.pos:][:min(len(b.p)-b.pos, maxName)], 0)
	if n < 0 {
		b.bad = true
		return nil
	}
	s := b.p[b.pos:][:n]
	b.pos += n + 1
	return s
}

// damage is debugging information that is not what it must be.
type damage struct {
	what string
	off  int // in its section
}

func (e *damage) Error() string {
	return fmt.Sprintf("%s that is damaged, at offset %#x", e.what, e.off)
}
