package elfsym

import (
	"encoding/binary"
	"fmt"
)

// buf takes fields off a piece of the file, in little-endian order as all
// known machines have it. The first field that is not there is remembered and
// everything after it reads as 0, so that a reader checks err once at its end.
type buf struct {
	p    []byte
	is64 bool
	off  uint64 // file offset of p[0], for the error
	what string
	err  error
}

func (b *buf) take(n int) []byte {
	if b.err != nil {
		return nil
	}
	if n > len(b.p) {
		b.err = &FormatError{b.off, fmt.Sprintf("%s cut short", b.what)}
		return nil
	}
	p := b.p[:n]
	b.p, b.off = b.p[n:], b.off+uint64(n)
	return p
}

func (b *buf) skip(n int) { b.take(n) }

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

// word reads an address, offset or size: 8 bytes, or 4 in a 32-bit file.
func (b *buf) word() uint64 {
	if b.is64 {
		return b.u64()
	}
	return uint64(b.u32())
}
