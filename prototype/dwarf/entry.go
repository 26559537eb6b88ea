package dwarf

import (
	"debug/dwarf"
	"iter"
	"math"

	"sonde/fields"
)

// entry is one debugging information entry, where it stands in its unit.
type entry struct {
	u     *unit
	a     *abbrev // nil: there is none, but the end of a list of siblings
	off   int     // in the section
	attrs int     // where the attributes begin
}

// Attributes that debug/dwarf does not name.
const (
	attrGNUVector     dwarf.Attr = 0x2107
	attrGNUDwoName    dwarf.Attr = 0x2130
	attrGNUDwoID      dwarf.Attr = 0x2131
	attrGNURangesBase dwarf.Attr = 0x2132
	attrGNUAddrBase   dwarf.Attr = 0x2133
	attrGoKind        dwarf.Attr = 0x2900
	attrGoRuntimeType dwarf.Attr = 0x2904
)

// entry reads the entry at an offset. What is no entry has no abbreviation.
func (u *unit) entry(off int) entry {
	e := entry{u: u, off: off}
	if off < u.first || off >= u.end {
		return e
	}
	b := fields.At(u.p[:u.end], uint64(off))
	code := b.ULEB()
	e.attrs = b.Pos()
	if code == 0 || b.Bad() {
		return e
	}
	if e.a = u.table.get(code); e.a == nil {
		u.f.d.damaged("an entry", off)
	}
	return e
}

func (e *entry) ok() bool { return e.a != nil }

func (e *entry) tag() dwarf.Tag {
	if e.a == nil {
		return 0
	}
	return e.a.tag
}

// end returns where the entry's attributes end, and its children begin.
func (e *entry) end() int {
	if e.a == nil {
		return e.attrs
	}
	b := fields.At(e.u.p[:e.u.end], uint64(e.attrs))
	if e.a.size >= 0 {
		b.Skip(uint64(e.a.size))
	} else {
		for i := range e.a.specs {
			skipForm(&b, e.a.specs[i].form, e.u.shape)
		}
	}
	if b.Bad() {
		e.u.f.d.damaged("an entry", e.off)
		return e.u.end
	}
	return b.Pos()
}

// val returns an attribute.
func (e *entry) val(attr dwarf.Attr) value {
	if e.a == nil {
		return value{}
	}
	for i := range e.a.specs {
		if e.a.specs[i].attr == attr {
			return e.nth(i)
		}
	}
	return value{}
}

// nth returns the attribute that the n-th specification is of.
func (e *entry) nth(n int) value {
	b := fields.At(e.u.p[:e.u.end], uint64(e.attrs))
	for i := range n {
		skipForm(&b, e.a.specs[i].form, e.u.shape)
	}
	v := readForm(&b, &e.a.specs[n], e.u.shape)
	if b.Bad() {
		e.u.f.d.damaged("an entry", e.off)
	}
	return v
}

// has tells whether there is an attribute.
func (e *entry) has(attr dwarf.Attr) bool {
	if e.a != nil {
		for i := range e.a.specs {
			if e.a.specs[i].attr == attr {
				return true
			}
		}
	}
	return false
}

// flag returns an attribute that is true or false.
func (e *entry) flag(attr dwarf.Attr) bool {
	v := e.val(attr)
	return (v.form == formFlag || v.form == formFlagPresent) && v.n != 0
}

// number returns an attribute that is a constant.
func (e *entry) number(attr dwarf.Attr) (int64, bool) {
	v := e.val(attr)
	return v.constant(false)
}

// size returns an attribute that is a number of bytes or elements, within
// limits.
func (e *entry) size(attr dwarf.Attr) (int, bool) {
	n, ok := e.number(attr)
	if !ok || n < 0 || n > maxBytes {
		return 0, false
	}
	return int(n), true
}

// maxBytes caps what a type may claim to be large.
const maxBytes = 1 << 30

// text returns an attribute that is a string.
func (e *entry) text(attr dwarf.Attr) string {
	v := e.val(attr)
	u, f := e.u, e.u.f
	var b fields.Reader
	switch v.form {
	case 0:
		return ""
	case formString:
		return string(v.p)
	case formStrp:
		b = fields.At(f.str, v.n)
	case formLineStrp:
		b = fields.At(f.lineStr, v.n)
	case formStrpSup, formGNUStrpAlt:
		b.Fail()
		if sup := f.d.supplementary(); sup != nil {
			b = fields.At(sup.str, v.n)
		}
	case formStrx, formStrx1, formStrx2, formStrx3, formStrx4, formGNUStrIndex:
		o := tableAt(f.strOffsets, u.strBase, v.n, u.offsetSize())
		b = fields.At(f.str, o.Word(u.is64))
		if o.Bad() {
			b.Fail()
		}
	default:
		b.Fail()
	}
	s := b.Text(maxName)
	if b.Bad() {
		f.d.damaged("a name", e.off)
		return ""
	}
	return string(s)
}

func (e *entry) name() string { return e.text(dwarf.AttrName) }

// tableAt returns a reader at element n of a table.
func tableAt(p []byte, base, n uint64, size int) fields.Reader {
	off := base + n*uint64(size)
	if n > uint64(len(p)) || base > uint64(len(p)) { // it may have overflowed
		off = math.MaxUint64
	}
	return fields.At(p, off)
}

// address returns an attribute that is an address.
func (e *entry) address(attr dwarf.Attr) (uint64, bool) {
	v := e.val(attr)
	switch v.form {
	case formAddr:
		return v.n, true
	case formAddrx, formAddrx1, formAddrx2, formAddrx3, formAddrx4, formGNUAddrIndex:
		return e.u.indexedAddress(v.n)
	}
	return 0, false
}

// indexedAddress returns the n-th address that the unit has in .debug_addr,
// which is always in the program.
func (u *unit) indexedAddress(n uint64) (uint64, bool) {
	f := u.f
	if f.skeleton != nil {
		f = f.skeleton.f
	}
	b := tableAt(f.addr, u.addrBase, n, u.addrSize)
	addr := b.Uint(u.addrSize)
	return addr, !b.Bad()
}

// ref returns the entry that an attribute refers to: in the unit, in the file, in
// the supplementary file or in a type unit.
func (e *entry) ref(attr dwarf.Attr) (to entry, ok bool) {
	v := e.val(attr)
	d := e.u.f.d
	switch v.form {
	case 0:
		return entry{}, false
	case formRef1, formRef2, formRef4, formRef8, formRefUdata:
		if n := v.n; n < uint64(e.u.end-e.u.off) {
			to = e.u.entry(e.u.off + int(n))
		}
	case formRefAddr:
		to = e.u.f.entryAt(v.n)
	case formRefSup4, formRefSup8, formGNURefAlt:
		if sup := d.supplementary(); sup != nil {
			to = sup.entryAt(v.n)
		}
	case formRefSig8:
		if u := e.u.f.typeUnit(v.n); u != nil {
			to = u.entry(u.typeOff)
		}
	}
	if !to.ok() {
		d.damaged("a reference", e.off)
	}
	return to, to.ok()
}

// entryAt returns the entry at an offset of .debug_info.
func (f *file) entryAt(off uint64) entry {
	if len(f.info) == 0 {
		return entry{}
	}
	u := f.info[0].unitOf(off)
	if u == nil {
		return entry{}
	}
	return u.entry(int(off))
}

// children yields the entries that e owns.
func (e *entry) children() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		if e.a == nil || !e.a.children {
			return
		}
		u := e.u
		for off := e.end(); ; {
			c := u.entry(off)
			if !c.ok() || !u.f.d.spend(1) || !yield(&c) {
				return
			}
			if off = c.next(); off < 0 {
				return
			}
		}
	}
}

// next returns where the sibling of the entry is, behind its children; -1 where
// the unit ends before.
func (e *entry) next() int {
	off := e.end()
	if !e.a.children {
		return off
	}
	if e.a.sibling >= 0 {
		v := e.nth(e.a.sibling)
		if to := e.u.off + int(v.n); v.n < uint64(e.u.end-e.u.off) && to > off {
			return to
		}
	}
	for depth := 1; depth > 0; {
		if off >= e.u.end || !e.u.f.d.spend(1) {
			return -1
		}
		c := e.u.entry(off)
		off = c.end()
		if !c.ok() {
			depth--
		} else if c.a.children {
			depth++
		}
	}
	return off
}
