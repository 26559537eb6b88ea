package dwarf

import (
	"debug/dwarf"

	"sonde/prototype"
)

// A map is a pointer to what the linker has made of internal/runtime/maps.Map for its
// types (cmd/link/internal/ld, synthesizemaptypes), before Go 1.24 of runtime.hmap. Of that
// the size alone is shown.

// goMap makes a map: how many elements it has, and those.
func (b *builder) goMap(name string, pointer *entry) *prototype.Type {
	header, _ := b.resolve(pointer)
	elems := &prototype.Type{Kind: prototype.Array, Lens: prototype.Sized, Elem: void, Len: elt(1)}
	fields, size := b.goFields(&header, "used", "dirLen")
	if fields == nil {
		fields, size = b.goFields(&header, "count")
	}
	if fields == nil {
		return &prototype.Type{Name: name, Kind: prototype.Pointer}
	}
	for i := range fields {
		fields[i] = prototype.Field{Type: hiddenWord(fields[i].Type.Size), Offset: fields[i].Offset}
	}
	if dir, at, ok := goMember(&header, "dirPtr"); ok && len(fields) == 2 && b.hops > 0 {
		b.hops--
		if slot, groups := b.goGroups(&dir); groups != nil {
			elems.Elem, elems.Groups = slot, groups
			fields = append(fields, prototype.Field{Type: hiddenPointer, Offset: at})
			size = max(size, at+b.d.model.Word)
		}
		b.hops++
	}
	return &prototype.Type{Name: name, Kind: prototype.Pointer, Elem: &prototype.Type{
		Name: header.name(), Kind: prototype.Struct, Lens: prototype.Bare, Size: size, Complete: true,
		Fields: append(fields, prototype.Field{Type: elems, Offset: size}),
	}}
}

func elt(n int64) *prototype.Expr { return &prototype.Expr{Op: prototype.Elt, N: n} }

// goMember returns a member of a structure of the runtime's, and where it is in that.
func goMember(e *entry, name string) (c entry, at int, ok bool) {
	if e.tag() != dwarf.TagStructType {
		return entry{}, 0, false
	}
	for c := range e.children() {
		if c.tag() == dwarf.TagMember && c.name() == name {
			at, ok := c.place()
			return *c, at, ok && at <= maxRuntime
		}
	}
	return entry{}, 0, false
}

// goGroups makes what the directory of a map leads to: **table, whose groups have data
// and a lengthMask; each of these is a ctrl and slots with a key and an elem.
func (b *builder) goGroups(dir *entry) (slot *prototype.Type, groups *prototype.Groups) {
	table := b.behind(dir, 2)
	inTable, from, ok := goMember(&table, "groups")
	reference, _ := b.resolve(&inTable)
	data, at, ok2 := goMember(&reference, "data")
	mask, _ := b.goFields(&reference, "lengthMask")
	group := b.behind(&data, 1)
	control, _ := b.goFields(&group, "ctrl")
	inGroup, slots, ok3 := goMember(&group, "slots")
	size, ok4 := group.size(dwarf.AttrByteSize)
	if !ok || !ok2 || !ok3 || !ok4 || mask == nil || control == nil || control[0].Type.Size != slotsOfGroup {
		return nil, nil
	}
	array, _ := b.resolve(&inGroup)
	if array.tag() != dwarf.TagArrayType {
		return nil, nil
	}
	all := b.array(&array)
	if all.Len == nil || all.Len.Op != prototype.Const || all.Len.N != slotsOfGroup || all.Elem.Kind != prototype.Struct || all.Elem.Size*slotsOfGroup+slots > size {
		return nil, nil
	}
	word := b.d.model.Word
	mask[0].Offset += from
	return all.Elem, &prototype.Groups{
		Group: &prototype.Type{Kind: prototype.Struct, Size: size, Complete: true, Fields: []prototype.Field{
			control[0], {Type: &prototype.Type{Kind: prototype.Array, Elem: all.Elem, Len: all.Len}, Offset: slots},
		}},
		Table: &prototype.Type{Kind: prototype.Struct, Size: max(from+at+word, mask[0].Offset+mask[0].Type.Size), Complete: true, Fields: []prototype.Field{
			{Type: anything, Offset: from + at}, mask[0],
		}},
		Dir: elt(3), Tables: elt(2),
	}
}

// slotsOfGroup is how many slots a group of a map has, and bytes that tell of them.
const slotsOfGroup = 8

// behind returns the structure that is so many pointers away from a member.
func (b *builder) behind(e *entry, pointers int) entry {
	to, _ := b.resolve(e)
	for range pointers {
		if to.tag() != dwarf.TagPointerType {
			return entry{}
		}
		to, _ = b.resolve(&to)
	}
	return to
}
