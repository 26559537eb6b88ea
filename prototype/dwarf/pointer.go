package dwarf

import (
	"debug/dwarf"

	"sonde/prototype"
)

// pointer makes what a DW_TAG_pointer_type is.
func (b *builder) pointer(e *entry) *prototype.Type {
	to, _ := b.resolve(e)
	switch to.tag() {
	case 0:
		return anything
	case dwarf.TagSubroutineType:
		return function
	case dwarf.TagStructType:
		switch to.name() {
		case "_IO_FILE", "__sFILE":
			return stream
		case "__va_list_tag": // what an array of one has become as a parameter
			return vaList
		}
	}
	elem := b.pointee(e)
	switch {
	case elem.Kind == prototype.Void:
		return anything
	case elem.Kind == prototype.Int && elem.Lens == prototype.Char && (b.language == langC || b.language == langCXX):
		return text(elem)
	case b.language == langRust && elem.Kind == prototype.Int && elem.Name == "i8": // c_char
		return text(char)
	}
	return &prototype.Type{Kind: prototype.Pointer, Elem: elem}
}

var (
	stream = &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Stream, Elem: &prototype.Type{Name: "FILE", Kind: prototype.Struct}}
	vaList = &prototype.Type{Name: "va_list", Kind: prototype.VaList}
)

// text makes a pointer to characters that end with a zero.
func text(elem *prototype.Type) *prototype.Type {
	if elem.Name != "" {
		elem = copyOf(elem)
		elem.Name = ""
	}
	return &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Text, Elem: &prototype.Type{Kind: prototype.Array, Zero: true, Elem: elem}}
}

// pointee returns the type that is one pointer away.
func (b *builder) pointee(e *entry) *prototype.Type {
	if b.hops == 0 {
		return b.distant(e)
	}
	b.hops--
	elem := b.typ(e)
	b.hops++
	return elem
}

// distant returns the type behind the last pointer that is followed: a number as
// it is, a struct by its name, and of others nothing.
func (b *builder) distant(e *entry) *prototype.Type {
	to, _ := b.resolve(e)
	switch to.tag() {
	case dwarf.TagBaseType, dwarf.TagEnumerationType:
		return b.typ(e)
	case dwarf.TagStructType, dwarf.TagClassType, dwarf.TagUnionType:
		return &prototype.Type{Name: to.name(), Kind: prototype.Struct}
	}
	return void
}

// reference makes a C++ reference: a pointer that is followed, never to a text.
func (b *builder) reference(e *entry) *prototype.Type {
	to, _ := b.resolve(e)
	switch to.tag() {
	case 0:
		return anything
	case dwarf.TagSubroutineType:
		return function
	}
	elem := b.pointee(e)
	if elem.Kind == prototype.Void {
		return anything
	}
	return &prototype.Type{Kind: prototype.Pointer, Elem: elem}
}

// memberPointer makes a C++ pointer to a member: an offset, or for functions an
// address, or an offset in the virtual table and 1, and what to add to this
// (Itanium C++ ABI, 2.3).
func (b *builder) memberPointer(e *entry) *prototype.Type {
	word := b.d.model.Word
	if to, _ := b.resolve(e); to.tag() != dwarf.TagSubroutineType {
		return &prototype.Type{Kind: prototype.Int, Size: word}
	}
	return &prototype.Type{Kind: prototype.Struct, Size: 2 * word, Complete: true, Fields: []prototype.Field{
		{Name: "ptr", Type: function},
		{Name: "adj", Type: &prototype.Type{Kind: prototype.Int, Size: word}, Offset: word},
	}}
}
