package unwind

import (
	"math"

	"sonde/fields"
)

// Pointer encodings, DW_EH_PE_* (LSB core, 10.5.1).
const (
	peAbs      = 0x00
	peULEB     = 0x01
	peU2       = 0x02
	peU4       = 0x03
	peU8       = 0x04
	peSigned   = 0x08 // of the machine's size
	peSLEB     = 0x09
	peS2       = 0x0a
	peS4       = 0x0b
	peS8       = 0x0c
	peFormat   = 0x0f
	pePCRel    = 0x10
	peDataRel  = 0x30
	peAligned  = 0x50
	peRelative = 0x70
	peIndirect = 0x80
	peOmit     = 0xff
)

// pointer takes an encoded pointer off c, whose bytes begin base bytes into the
// section. dataBase is what peDataRel counts from.
func (s *section) pointer(c *fields.Reader, base int, encoding byte, size int, dataBase uint64) uint64 {
	if encoding == peOmit {
		return 0
	}
	if encoding&peRelative == peAligned {
		at := s.addr + uint64(base+c.Pos())
		c.Skip(-at & uint64(size-1))
	}
	at := s.addr + uint64(base+c.Pos())
	var v uint64
	switch encoding & peFormat {
	case peAbs, peSigned:
		v = c.Uint(size)
	case peULEB:
		v = c.ULEB()
	case peSLEB:
		v = uint64(c.SLEB())
	case peU2:
		v = c.Uint(2)
	case peU4:
		v = c.Uint(4)
	case peU8, peS8:
		v = c.Uint(8)
	case peS2:
		v = uint64(c.Int(2))
	case peS4:
		v = uint64(c.Int(4))
	default:
		c.Fail()
	}
	switch encoding & peRelative {
	case 0, peAligned:
	case pePCRel:
		v += at
	case peDataRel:
		v += dataBase
	default: // textrel and funcrel, which nothing writes into these sections
		c.Fail()
	}
	if encoding&peIndirect != 0 {
		c.Fail()
	}
	if s.arch.PtrSize == 4 {
		v &= math.MaxUint32
	}
	return v
}
