package dwarf

import (
	"bytes"
	"debug/dwarf"

	"sonde/fields"
)

// expressionOf returns the expression that an attribute has for an address; nil where
// there is none.
func (e *entry) expressionOf(attr dwarf.Attr, addr uint64) []byte {
	v := e.val(attr)
	var p []byte
	switch v.form {
	case formExprloc, formBlock, formBlock1, formBlock2, formBlock4:
		p = v.p
	case formSecOffset, formData4, formData8, formLoclistx:
		p = e.u.located(v, addr)
	}
	if len(p) == 0 || len(p) > maxExpression {
		return nil
	}
	return bytes.Clone(p)
}

// Kinds of entries in .debug_loclists (DWARF 5, 7.7.3; the last is GCC's), and in the
// .debug_loc.dwo of GNU's split units (GCC wiki, DebugFission).
const (
	locEnd = iota
	locBaseIndex
	locStartEndIndex
	locStartIndexLength
	locOffsets
	locDefault
	locBase
	locStartEnd
	locStartLength
	locViews

	locGNUBaseIndex        = 1
	locGNUStartEndIndex    = 2
	locGNUStartIndexLength = 3
)

// maxLocations caps the entries of one list.
const maxLocations = 1 << 16

// located returns the expression that a location list has for an address.
func (u *unit) located(v value, addr uint64) []byte {
	f := u.f
	if u.version == 5 {
		p := f.section(&f.loclists, "loclists")
		off := v.n
		if v.form == formLoclistx {
			base := u.locationsBase()
			b := tableAt(p, base, v.n, u.offsetSize())
			if off = b.Word(u.is64) + base; b.Bad() {
				return nil
			}
		}
		return u.findLocation(fields.At(p, off), addr)
	}
	p := f.section(&f.loc, "loc")
	if f.split {
		return u.findSplitLocation(fields.At(p, v.n), addr)
	}
	return u.findLocationPair(fields.At(p, v.n), addr)
}

// locationsBase returns where the unit's table of location lists begins. Those of
// split units have one contribution and do not say.
func (u *unit) locationsBase() uint64 {
	root := u.root()
	if v := root.val(dwarf.AttrLoclistsBase); v.form != 0 {
		return v.n
	}
	if !u.f.split {
		return 0
	}
	if u.is64 {
		return 20
	}
	return 12
}

// section returns a section of location lists, which are seldom needed; it is empty where
// there is none.
func (f *file) section(to *[]byte, name string) []byte {
	switch {
	case *to != nil:
	case f.pack != nil:
		if *to = f.row.cut(columnLocations, f.pack.locations(name)); *to == nil {
			*to = []byte{}
		}
	default:
		if f.split {
			name += ".dwo"
		}
		all, err := f.from.Sections(name)
		if err != nil {
			f.d.fail(err)
		}
		if *to = []byte{}; len(all) > 0 {
			*to = all[0]
		}
	}
	return *to
}

// locations returns a package's own section.
func (p *packageFile) locations(name string) []byte {
	if name == "loc" {
		return p.section(&p.loc, name)
	}
	return p.section(&p.loclists, name)
}

// findLocationPair searches a list of .debug_loc (DWARF 4, 2.6.2).
func (u *unit) findLocationPair(b fields.Reader, addr uint64) []byte {
	base := u.low
	top := ^uint64(0) >> (64 - 8*u.addrSize)
	for n := 0; n < maxLocations && u.f.d.spend(1); n++ {
		low, high := b.Uint(u.addrSize), b.Uint(u.addrSize)
		switch {
		case b.Bad() || low == 0 && high == 0:
			return nil
		case low == top:
			base = high
			continue
		}
		p := b.Bytes(uint64(b.U16()))
		if base+low <= addr && addr < base+high {
			return p
		}
	}
	return nil
}

// findSplitLocation searches a list of .debug_loc.dwo.
func (u *unit) findSplitLocation(b fields.Reader, addr uint64) []byte {
	base := u.low
	for n := 0; n < maxLocations && u.f.d.spend(1); n++ {
		var low, high uint64
		switch b.U8() {
		case locGNUBaseIndex:
			base = u.indexed(&b)
			continue
		case locGNUStartEndIndex:
			low, high = u.indexed(&b), u.indexed(&b)
		case locGNUStartIndexLength:
			low = u.indexed(&b)
			high = low + uint64(b.U32())
		case locOffsets:
			low, high = base+uint64(b.U32()), base+uint64(b.U32())
		default:
			return nil
		}
		p := b.Bytes(uint64(b.U16()))
		if b.Bad() {
			return nil
		}
		if low <= addr && addr < high {
			return p
		}
	}
	return nil
}

// indexed takes the index of an address, and returns that.
func (u *unit) indexed(b *fields.Reader) uint64 {
	addr, ok := u.indexedAddress(b.ULEB())
	if !ok {
		b.Fail()
	}
	return addr
}

// findLocation searches a list of .debug_loclists (DWARF 5, 2.6.2).
func (u *unit) findLocation(b fields.Reader, addr uint64) (otherwise []byte) {
	base := u.low
	for n := 0; n < maxLocations && u.f.d.spend(1); n++ {
		var low, high uint64
		kind := b.U8()
		switch kind {
		case locBaseIndex:
			base = u.indexed(&b)
			continue
		case locBase:
			base = b.Uint(u.addrSize)
			continue
		case locViews:
			b.SkipLEB()
			b.SkipLEB()
			continue
		case locStartEndIndex:
			low, high = u.indexed(&b), u.indexed(&b)
		case locStartIndexLength:
			low = u.indexed(&b)
			high = low + b.ULEB()
		case locOffsets:
			low, high = base+b.ULEB(), base+b.ULEB()
		case locDefault:
		case locStartEnd:
			low, high = b.Uint(u.addrSize), b.Uint(u.addrSize)
		case locStartLength:
			low = b.Uint(u.addrSize)
			high = low + b.ULEB()
		default: // locEnd, and what is not known
			return otherwise
		}
		p := b.Bytes(b.ULEB())
		switch {
		case b.Bad():
			return nil
		case kind == locDefault:
			otherwise = p
		case low <= addr && addr < high:
			return p
		}
	}
	return nil
}

// FrameBase returns the expression of the address that DW_OP_fbreg counts from; nil
// where there is none.
func (s *Scope) FrameBase() []byte { return s.base }

// Address returns the n-th address that the scope's unit has in .debug_addr.
func (s *Scope) Address(n uint64) (addr uint64, ok bool) {
	_ = s.d.query(func() error {
		addr, ok = s.u.indexedAddress(n)
		return nil
	})
	return addr, ok
}

// Integer returns the size in bytes of the integer type that stands at an offset of the
// scope's unit, and whether it is signed. ok is false for other types.
func (s *Scope) Integer(off uint64) (size int, signed, ok bool) {
	_ = s.d.query(func() error {
		if off >= uint64(s.u.end-s.u.off) {
			return nil
		}
		e := s.u.entry(s.u.off + int(off))
		if e.tag() != dwarf.TagBaseType {
			return nil
		}
		n, _ := e.number(dwarf.AttrEncoding)
		switch n {
		case encodingSigned, encodingSignedChar:
			signed, ok = true, true
		case encodingUnsigned, encodingUnsignedChar, encodingBoolean, encodingAddress, encodingUTF:
			ok = true
		}
		size, _ = e.size(dwarf.AttrByteSize)
		return nil
	})
	return size, signed, ok && (size == 1 || size == 2 || size == 4 || size == 8)
}

// Entry returns the link-time address that the function which the frame is of is entered
// at, and whether that is known.
func (s *Scope) Entry() (addr uint64, ok bool) {
	_ = s.d.query(func() error {
		if addr, ok = s.function.address(dwarf.AttrLowpc); ok {
			return nil
		}
		if spans := s.function.spans(); len(spans) > 0 {
			addr, ok = spans[0].low, true
		}
		return nil
	})
	return addr, ok
}
