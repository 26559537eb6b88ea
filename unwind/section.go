package unwind

import (
	"cmp"
	"math"
	"slices"

	"sonde/fields"
	"sonde/sysdeps"
)

// section is .eh_frame or .debug_frame: entries, each of which is a CIE or an FDE
// (DWARF 5, 6.4.1; LSB core, 10.6.1).
type section struct {
	arch *sysdeps.Arch
	addr uint64 // link-time; of .debug_frame it does not matter
	data []byte
	eh   bool // .eh_frame, where CIEs have number 0 and pointers at them count backwards

	header searchTable
	cies   map[int]*cie
	index  []extent // sorted by lo; made where no table can be searched
	listed bool
}

// maxCIEs caps those that are kept. A linked file has some for each of its
// compilers and languages, a relocatable one for each of its parts.
const maxCIEs = 1 << 16

// cie is what the FDEs that lead to it have in common.
type cie struct {
	codeAlign uint64
	dataAlign int64
	ra        uint64 // the column of the return address
	encoding  byte   // of addresses in FDEs
	size      int    // of an address, in bytes
	augmented bool   // FDEs have augmentation data
	signal    bool
	// The state after its instructions, and the expressions in it.
	initial     state
	initialExpr []expression
}

// fde is what is known of one function, or a part of one.
type fde struct {
	*cie
	lo, hi       uint64 // link-time addresses
	instructions fields.Reader
}

// Values of an entry's second field that make it a CIE in .debug_frame; in
// .eh_frame that is 0.
const (
	debugCIE32 = 0xffffffff
	debugCIE64 = 0xffffffffffffffff
)

// entry reads the start of the entry at an offset: what it holds behind its id,
// and where its CIE is, or that it is one itself. It returns next 0 at the end.
func (s *section) entry(off int) (c fields.Reader, cieAt int, isCIE bool, next int) {
	if off < 0 || off >= len(s.data) {
		return c, 0, false, 0
	}
	c = fields.At(s.data, uint64(off))
	length, wide := c.Length()
	if c.Limit(length); c.Bad() {
		return c, 0, false, 0
	}
	if length == 0 { // a terminator; files that were linked of several parts have more
		c.Fail()
		return c, 0, false, c.Pos()
	}
	idAt := c.Pos()
	next = idAt + int(length)
	id := c.Word(wide)
	switch {
	case s.eh:
		isCIE = id == 0
		if id > uint64(idAt) {
			c.Fail()
			return c, 0, false, next
		}
		cieAt = idAt - int(id)
	case wide:
		isCIE = id == debugCIE64
	default:
		isCIE = id == debugCIE32
	}
	if !s.eh && !isCIE {
		if id >= uint64(len(s.data)) {
			c.Fail()
			return c, 0, false, next
		}
		cieAt = int(id)
	}
	return c, cieAt, isCIE, next
}

// cieAt returns the CIE at an offset, or nil if none is there that makes sense.
func (s *section) cieAt(off int) *cie {
	if e, ok := s.cies[off]; ok {
		return e
	}
	c, _, isCIE, _ := s.entry(off)
	var e *cie
	if isCIE && !c.Bad() {
		e = s.readCIE(&c)
	}
	if s.cies == nil || len(s.cies) >= maxCIEs {
		s.cies = make(map[int]*cie)
	}
	s.cies[off] = e
	return e
}

// maxAugmentation caps the letters of an augmentation with their zero byte:
// compilers write up to eight.
const maxAugmentation = 64

// readCIE reads the fields of a CIE. An augmentation that is not known makes it
// unreadable, unless it begins with z, which says how long its data is.
func (s *section) readCIE(c *fields.Reader) *cie {
	e := &cie{size: s.arch.PtrSize, encoding: peAbs}
	version := c.U8()
	if version != 1 && version != 3 && version != 4 {
		return nil
	}
	augmentation := c.Text(maxAugmentation)
	if version == 4 { // DWARF 4: the size of addresses and of segment selectors
		if e.size = int(c.U8()); e.size != 4 && e.size != 8 || c.U8() != 0 {
			return nil
		}
	}
	if len(augmentation) >= 2 && augmentation[0] == 'e' && augmentation[1] == 'h' { // GCC 2: a pointer
		c.Skip(uint64(e.size))
		augmentation = augmentation[2:]
	}
	e.codeAlign = c.ULEB()
	e.dataAlign = c.SLEB()
	if version == 1 {
		e.ra = uint64(c.U8())
	} else {
		e.ra = c.ULEB()
	}
	if !s.augment(e, c, augmentation) || c.Bad() || e.ra >= uint64(len(s.arch.DWARFRegs)) {
		return nil
	}
	x := execution{section: s, cie: e}
	if !x.run(c, 0, math.MaxUint64) {
		return nil
	}
	e.initial, e.initialExpr = x.state, slices.Clip(x.expr)
	return e
}

// augment reads what the letters of the augmentation stand for (LSB core,
// 10.6.1.1.1).
func (s *section) augment(e *cie, c *fields.Reader, letters []byte) bool {
	if len(letters) == 0 {
		return true
	}
	if letters[0] != 'z' {
		e.signal = string(letters) == "S" // which has no data
		return e.signal
	}
	e.augmented = true
	data := fields.New(c.Bytes(c.ULEB()))
	base := c.Pos() - data.Left() // of what is relative to its place
	for _, letter := range letters[1:] {
		switch letter {
		case 'R':
			e.encoding = data.U8()
		case 'P':
			encoding := data.U8()
			s.pointer(&data, base, encoding&^peIndirect, e.size, 0)
		case 'L':
			data.U8()
		case 'S':
			e.signal = true
		case 'B': // the B key of arm64's pointer authentication
		default:
			return true // the rest is skipped, and z tells how much
		}
	}
	return !data.Bad()
}

// fdeAt reads the FDE at an offset.
func (s *section) fdeAt(off int) (fde, bool) {
	c, at, isCIE, next := s.entry(off)
	if c.Bad() || isCIE || next == 0 {
		return fde{}, false
	}
	e := s.cieAt(at)
	if e == nil {
		return fde{}, false
	}
	f := fde{cie: e}
	f.lo = s.pointer(&c, 0, e.encoding, e.size, 0)
	f.hi = f.lo + s.pointer(&c, 0, e.encoding&peFormat, e.size, 0)
	if s.arch.PtrSize == 4 {
		f.hi &= math.MaxUint32
	}
	if e.augmented {
		c.Skip(c.ULEB())
	}
	if c.Bad() || f.hi <= f.lo {
		return fde{}, false
	}
	f.instructions = c
	return f, true
}

// extent is where the FDE at off is for.
type extent struct {
	lo, hi uint64
	off    int
}

// maxExtents caps the index of a section without a table.
const maxExtents = 1 << 22

// list makes the index, in one pass over the section.
func (s *section) list() {
	s.listed = true
	for off, next := 0, 0; len(s.index) < maxExtents; off = next {
		if _, _, _, next = s.entry(off); next <= off {
			break
		}
		if f, ok := s.fdeAt(off); ok {
			s.index = append(s.index, extent{f.lo, f.hi, off})
		}
	}
	slices.SortStableFunc(s.index, func(a, b extent) int { return cmp.Compare(a.lo, b.lo) })
}

// find returns the FDE for a link-time address.
func (s *section) find(pc uint64) (f fde, ok bool) {
	if len(s.data) == 0 {
		return f, false
	}
	if s.header.pairs != nil {
		at, found := s.header.find(pc, s.arch)
		if !found {
			return f, false
		}
		if f, ok = s.fdeAt(int(min(at-s.addr, math.MaxInt))); ok {
			return f, f.lo <= pc && pc < f.hi
		}
		s.header.pairs = nil // it leads to no FDE: it is damaged
	}
	if !s.listed {
		s.list()
	}
	i, _ := slices.BinarySearchFunc(s.index, pc, func(e extent, pc uint64) int {
		if e.lo <= pc {
			return -1
		}
		return 1
	})
	// One that is of no code, which linkers leave behind of functions that they
	// drop, may begin in between.
	for n := 0; i > 0 && n < 8; n++ {
		i--
		if e := &s.index[i]; pc < e.hi {
			if f, ok = s.fdeAt(e.off); ok {
				return f, true
			}
		}
	}
	return fde{}, false
}
