package dwarf

import (
	"debug/dwarf"

	"sonde/prototype"
)

// pythonKnown returns what CPython's objects and types begin with (struct _object and
// struct _typeobject in Include/object.h), where a structure is that: pointers to objects
// are shown as what these stand for. nil for others.
func (b *builder) pythonKnown(e *entry, size int) *prototype.Type {
	word := b.d.model.Word
	if e.tag() != dwarf.TagStructType || size < 0 {
		return nil
	}
	switch e.name() {
	case "_object":
		if size == 2*word && e.hasMember("ob_type", word) {
			return prototype.PyObject
		}
	case "_typeobject":
		if tp := prototype.PyType; size > tp.SizeOf(b.d.model) && e.hasMember("tp_name", 3*word) {
			t := &prototype.Type{Name: tp.Name, Kind: tp.Kind, Lens: tp.Lens, Complete: true, Size: size}
			for i, f := range tp.Fields {
				f.Offset = i * word
				t.Fields = append(t.Fields, f)
			}
			return t
		}
	}
	return nil
}

// hasMember tells whether a structure has a member of a name in a place.
func (e *entry) hasMember(name string, at int) bool {
	for c := range e.children() {
		if c.tag() == dwarf.TagMember && c.name() == name {
			off, ok := c.place()
			return ok && off == at
		}
	}
	return false
}
