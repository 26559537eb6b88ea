package unwind

import (
	"encoding/binary"
	"math"

	"sonde/fields"
	"sonde/sysdeps"
)

// searchTable is .eh_frame_hdr: the starts of functions, sorted, each with the
// address of its FDE (LSB core, 10.6.2).
type searchTable struct {
	addr  uint64
	pairs []byte
	wide  bool // of 8 bytes each number, else 4
	fixed bool // the numbers are addresses, and count from addr otherwise
}

// newSearchTable reads the head of the section. ok is false where there is no table
// that can be searched.
func newSearchTable(arch *sysdeps.Arch, addr uint64, data []byte) (t searchTable, ok bool) {
	s := section{arch: arch, addr: addr}
	c := fields.New(data)
	version, frame, count, encoding := c.U8(), c.U8(), c.U8(), c.U8()
	if version != 1 || count == peOmit || encoding == peOmit {
		return t, false
	}
	s.pointer(&c, 0, frame, arch.PtrSize, addr)
	n := s.pointer(&c, 0, count, arch.PtrSize, addr)
	t.addr = addr
	switch encoding &^ peRelative {
	case peS4, peU4:
	case peS8, peU8:
		t.wide = true
	case peAbs, peSigned:
		t.wide = arch.PtrSize == 8
	default:
		return t, false
	}
	switch encoding & peRelative {
	case 0:
		t.fixed = true
	case peDataRel:
	default:
		return t, false
	}
	if c.Bad() || n == 0 || n > uint64(c.Left()/t.pairSize()) {
		return t, false
	}
	t.pairs = c.Bytes(n * uint64(t.pairSize()))
	return t, true
}

func (t *searchTable) pairSize() int {
	if t.wide {
		return 16
	}
	return 8
}

// number returns one of the numbers of a pair as an address.
func (t *searchTable) number(at int, arch *sysdeps.Arch) uint64 {
	var v uint64
	if t.wide {
		v = binary.LittleEndian.Uint64(t.pairs[at:])
	} else {
		v = uint64(int64(int32(binary.LittleEndian.Uint32(t.pairs[at:]))))
		if t.fixed {
			v &= math.MaxUint32
		}
	}
	if !t.fixed {
		v += t.addr
	}
	if arch.PtrSize == 4 {
		v &= math.MaxUint32
	}
	return v
}

// find returns the address of the FDE of the last function that begins at pc or
// before.
func (t *searchTable) find(pc uint64, arch *sysdeps.Arch) (addr uint64, ok bool) {
	size := t.pairSize()
	lo, hi := 0, len(t.pairs)/size
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if t.number(mid*size, arch) <= pc {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return 0, false
	}
	return t.number((lo-1)*size+size/2, arch), true
}
