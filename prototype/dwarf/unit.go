package dwarf

import (
	"debug/dwarf"
	"sort"

	"sonde/elfsym"
	"sonde/fields"
)

// file is the sections of one file, or of what a package file holds of one unit.
type file struct {
	d     *Data
	split bool // sections are called NAME.dwo
	info  []*section
	types []*section // .debug_types, of DWARF 4
	tables
	from     *elfsym.DebugInfo
	skeleton *unit // of a split unit: which unit of the program tells of it

	// loc and loclists are read when they are first needed: section does.
	loc, loclists []byte
	pack          *packageFile // which sections of row are of; nil for a file by itself
	row           *packageRow

	abbrevs    map[abbrevKey]*abbrevTable
	signatures map[uint64]*unit // type units; nil until one is looked for
}

// tables are the sections that units refer to.
type tables struct {
	abbrev, str, lineStr, strOffsets, addr, ranges, rnglists, line []byte
}

// section is a .debug_info or .debug_types: units one behind the other.
type section struct {
	f      *file
	p      []byte
	rest   *elfsym.Growing // which p is of; nil if all of it is there
	units  map[int]*unit   // those that have been read, by where they begin
	starts []int           // where all of them begin; nil until that is needed
}

type abbrevKey struct {
	off uint64
	shape
}

// Kinds of units (DWARF 5, 7.5.1).
const (
	unitCompile      = 1
	unitType         = 2
	unitSkeleton     = 4
	unitSplitCompile = 5
	unitSplitType    = 6
)

// unit is a unit's header and what its first entry says of the others.
type unit struct {
	*section
	shape
	off, first, end int // the header, the first entry, the next unit
	kind            byte
	id              uint64 // of a split unit, or the signature of a type unit
	typeOff         int    // of a type unit: where the type is
	table           *abbrevTable
	addrBase        uint64
	strBase         uint64
	rangesBase      uint64
	low             uint64 // what ranges count from
	language        language

	rest  *unit  // of a skeleton: the unit that it stands for
	tried bool   // rest has been looked for
	index *index // nil until a function has been looked for
}

// maxUnits caps the units of one section. A web browser has 40,000.
const maxUnits = 1 << 22

// grow makes the bytes below an offset good, and tells whether it could.
func (s *section) grow(to uint64) bool {
	if s.rest == nil {
		return true
	}
	if err := s.rest.Grow(to); err != nil {
		s.f.d.fail(err)
		return false
	}
	return true
}

// maxUnitHeader is how long a unit's header may be: with a type's signature in 64-bit DWARF.
const maxUnitHeader = 40

// unit returns the unit whose header is at off.
func (s *section) unit(off int) *unit {
	if u, ok := s.units[off]; ok {
		return u
	}
	u := s.readUnit(off)
	if u == nil {
		s.f.d.damaged("a unit", off)
		return nil
	}
	if s.units == nil {
		s.units = make(map[int]*unit)
	}
	s.units[off] = u
	u.readRoot()
	return u
}

// readUnit reads a header; nil if it is damaged.
func (s *section) readUnit(off int) *unit {
	if !s.grow(uint64(off) + maxUnitHeader) {
		return nil
	}
	b := fields.At(s.p, uint64(off))
	length, is64 := b.Length()
	if b.Limit(length); b.Bad() || !s.grow(uint64(b.Pos())+length) {
		return nil
	}
	u := &unit{section: s, off: off, end: b.Pos() + int(length), kind: unitCompile}
	u.is64 = is64
	u.version = b.U16()
	if u.version < 2 || u.version > 5 {
		return nil
	}
	if u.version == 5 {
		u.kind, u.addrSize = b.U8(), int(b.U8())
	}
	abbrevOff := b.Word(is64)
	if u.version < 5 {
		u.addrSize = int(b.U8())
		for _, t := range s.f.types {
			if t == s {
				u.kind = unitType
			}
		}
	}
	switch u.kind {
	case unitSkeleton, unitSplitCompile:
		u.id = b.U64()
	case unitType, unitSplitType:
		u.id = b.U64()
		u.typeOff = off + int(min(b.Word(is64), length))
	}
	u.first = b.Pos()
	if b.Bad() || u.addrSize != 4 && u.addrSize != 8 {
		return nil
	}
	u.table = s.f.abbreviations(abbrevOff, u.shape)
	return u
}

// abbreviations returns the table at an offset.
func (f *file) abbreviations(off uint64, s shape) *abbrevTable {
	key := abbrevKey{off, s}
	t := f.abbrevs[key]
	if t == nil {
		t = &abbrevTable{d: f.d, rest: fields.At(f.abbrev, off), shape: s}
		if f.abbrevs == nil {
			f.abbrevs = make(map[abbrevKey]*abbrevTable)
		}
		f.abbrevs[key] = t
	}
	return t
}

// readRoot takes off the first entry what others need. The bases come first,
// since other attributes of the entry may depend on them.
func (u *unit) readRoot() {
	root := u.root()
	header := uint64(8) // of the tables in split units, which have one contribution and say nothing (DWARF 5, 7.26 and 7.27)
	rangesHeader := uint64(12)
	if u.is64 {
		header, rangesHeader = 16, 20
	}
	if u.version == 5 {
		u.strBase, u.addrBase = header, header
		if u.f.split {
			u.rangesBase = rangesHeader
		}
	}
	for attr, base := range map[dwarf.Attr]*uint64{
		dwarf.AttrStrOffsetsBase: &u.strBase, dwarf.AttrAddrBase: &u.addrBase, attrGNUAddrBase: &u.addrBase,
		dwarf.AttrRnglistsBase: &u.rangesBase, attrGNURangesBase: &u.rangesBase,
	} {
		if v := root.val(attr); v.form != 0 {
			*base = v.n
		}
	}
	if s := u.f.skeleton; s != nil {
		u.addrBase, u.low = s.addrBase, s.low
		if u.version < 5 {
			u.rangesBase = s.rangesBase
		}
	}
	if v := root.val(attrGNUDwoID); v.form != 0 {
		u.id = v.n
	}
	if low, ok := root.address(dwarf.AttrLowpc); ok {
		u.low = low
	}
	if n, ok := root.number(dwarf.AttrLanguage); ok {
		u.language = languageOf(n)
	}
}

// root returns the first entry.
func (u *unit) root() entry { return u.entry(u.first) }

// all returns where the units of the section begin.
func (s *section) all() []int {
	if s.starts != nil {
		return s.starts
	}
	s.grow(uint64(len(s.p)))
	b := fields.New(s.p)
	for b.Left() > 0 && len(s.starts) < maxUnits {
		off := b.Pos()
		length, _ := b.Length()
		b.Skip(length)
		if b.Bad() {
			break // what is before the damage is good
		}
		if length > 0 {
			s.starts = append(s.starts, off)
		}
	}
	return s.starts
}

// unitOf returns the unit that has an offset of the section.
func (s *section) unitOf(off uint64) *unit {
	starts := s.all()
	i := sort.Search(len(starts), func(i int) bool { return uint64(starts[i]) > off })
	if i == 0 {
		return nil
	}
	u := s.unit(starts[i-1])
	if u == nil || off < uint64(u.first) || off >= uint64(u.end) {
		return nil
	}
	return u
}

// typeUnit returns the type unit with a signature: of the file, or of the package
// that it is in.
func (f *file) typeUnit(signature uint64) *unit {
	if u := f.ownTypeUnit(signature); u != nil || !f.split || f.skeleton == nil {
		return u
	}
	if p := f.d.packaged; p != nil {
		if part := p.part(p.types[signature], f.skeleton); part != nil && part != f {
			return part.ownTypeUnit(signature)
		}
	}
	return nil
}

func (f *file) ownTypeUnit(signature uint64) *unit {
	if f.signatures == nil {
		f.signatures = make(map[uint64]*unit)
		for _, s := range append(f.types[:len(f.types):len(f.types)], f.info...) {
			for _, off := range s.all() {
				if !f.d.spend(1) {
					return nil
				}
				u := s.unit(off)
				f.d.forgive()
				if u != nil && (u.kind == unitType || u.kind == unitSplitType) {
					f.signatures[u.id] = u
				}
			}
		}
	}
	return f.signatures[signature]
}
