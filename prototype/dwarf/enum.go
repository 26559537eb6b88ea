package dwarf

import (
	"cmp"
	"debug/dwarf"
	"math/bits"
	"slices"

	"sonde/prototype"
)

// enum makes a DW_TAG_enumeration_type.
func (b *builder) enum(e *entry) *prototype.Type {
	if to, ok := b.signed(e); ok {
		return b.build(&to)
	}
	t := &prototype.Type{Name: b.nameOf(e), Kind: prototype.Int, Size: 4, Unsigned: true, Names: &prototype.Names{}}
	if e.has(dwarf.AttrType) { // of DWARF 3, and of enums that give it
		if under := b.typ(e); under.Kind == prototype.Int {
			t.Size, t.Unsigned = under.Size, under.Unsigned
		}
	}
	if size, ok := e.size(dwarf.AttrByteSize); ok && size > 0 {
		t.Size = size
	}
	if t.Size > 8 {
		return opaque(e)
	}
	negative := false
	var values []prototype.Name
	for c := range e.children() {
		if c.tag() != dwarf.TagEnumerator {
			continue
		}
		if b.members++; b.members > maxMembers {
			break
		}
		n, ok := c.number(dwarf.AttrConstValue)
		if !ok {
			continue
		}
		if v := c.val(dwarf.AttrConstValue); n < 0 && (v.form == formSdata || v.form == formImplicitConst) {
			negative = true
		}
		values = append(values, prototype.Name{Name: c.name(), Value: uint64(n), Mask: ^uint64(0)})
	}
	if negative {
		t.Unsigned = false
	}
	if !negative && b.language != langRust && b.language != langGo && areFlags(values) {
		t.Names.Set = true
		arrangeFlags(values)
	}
	t.Names.Known = values
	return t
}

// areFlags tells whether the values of an enum are meant to be combined: there
// are two bits or more, all else are combinations of them, and it is not that somebody
// just counted.
func areFlags(values []prototype.Name) bool {
	var single uint64
	var all []uint64
	for i := range values {
		v := values[i].Value
		all = append(all, v)
		if bits.OnesCount64(v) == 1 {
			single |= v
		}
	}
	if bits.OnesCount64(single) < 2 {
		return false
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if n := len(all); all[n-1]-all[0] == uint64(n-1) {
		return false
	}
	for _, v := range all {
		if v&^single != 0 {
			return false
		}
	}
	return true
}

// arrangeFlags sets masks, and puts the names in the order in which they are to be
// tried: that of no flag at all, then those of many bits before those of few.
func arrangeFlags(values []prototype.Name) {
	for i := range values {
		if values[i].Value != 0 {
			values[i].Mask = values[i].Value
		}
	}
	slices.SortStableFunc(values, func(a, b prototype.Name) int {
		if (a.Value == 0) != (b.Value == 0) {
			if a.Value == 0 {
				return -1
			}
			return 1
		}
		return cmp.Compare(bits.OnesCount64(b.Value), bits.OnesCount64(a.Value))
	})
}
