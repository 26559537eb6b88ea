package unwind

import (
	"cmp"
	"encoding/binary"
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
