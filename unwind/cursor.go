package unwind

import (
	"bytes"
	"encoding/binary"
)

// cursor takes fields off bytes. The first that is not there sets bad, and all
// that follows reads as 0: a reader looks at bad once, at its end.
type cursor struct {
	p   []byte
	pos int
	bad bool
}

func (c *cursor) left() int { return len(c.p) - c.pos }

func (c *cursor) take(n uint64) []byte {
	if c.bad || n > uint64(c.left()) {
		c.bad = true
		return nil
	}
	p := c.p[c.pos:][:n:n]
	c.pos += int(n)
	return p
}

func (c *cursor) u8() uint8 {
	if c.bad || c.pos >= len(c.p) {
		c.bad = true
		return 0
	}
	c.pos++
	return c.p[c.pos-1]
}

func (c *cursor) u16() uint16 {
	if p := c.take(2); p != nil {
		return binary.LittleEndian.Uint16(p)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if p := c.take(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if p := c.take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// unsigned takes a number of 1, 2, 4 or 8 bytes.
func (c *cursor) unsigned(size int) uint64 {
	switch size {
	case 1:
		return uint64(c.u8())
	case 2:
		return uint64(c.u16())
	case 4:
		return uint64(c.u32())
	case 8:
		return c.u64()
	}
	c.bad = true
	return 0
}

// signed takes a signed number of that size.
func (c *cursor) signed(size int) int64 {
	shift := 64 - 8*size
	return int64(c.unsigned(size)<<shift) >> shift
}

// maxLEB is the length in bytes beyond which a variable-length number has nothing
// but padding.
const maxLEB = 16

// uleb takes an unsigned LEB128 (DWARF 5, 7.6). What does not fit 64 bits is bad.
func (c *cursor) uleb() (v uint64) {
	for i := range maxLEB {
		b := c.u8()
		if i == 9 && b&0x7f > 1 || i > 9 && b&0x7f != 0 {
			c.bad = true
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b&0x80 == 0 {
			return v
		}
	}
	c.bad = true
	return 0
}

// sleb takes a signed LEB128.
func (c *cursor) sleb() (v int64) {
	for i := range maxLEB {
		b := c.u8()
		v |= int64(b&0x7f) << (7 * i)
		if b&0x80 == 0 {
			if shift := 7 * (i + 1); b&0x40 != 0 && shift < 64 {
				v |= -1 << shift
			}
			return v
		}
	}
	c.bad = true
	return 0
}

// text takes bytes up to a zero byte.
func (c *cursor) text() []byte {
	if c.bad {
		return nil
	}
	n := bytes.IndexByte(c.p[c.pos:], 0)
	if n < 0 {
		c.bad = true
		return nil
	}
	p := c.p[c.pos:][:n]
	c.pos += n + 1
	return p
}
