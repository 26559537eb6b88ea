package dwarf

import (
	"debug/dwarf"

	"sonde/prototype"
)

// typeKey names an entry: types are made once for each, and language.
type typeKey struct {
	section  *section
	off      int
	language language
}

// made is a type that stands, with the number of pointers that can be followed
// from it before the types end.
type made struct {
	t    *prototype.Type
	rest int
}

// maxHops is how many pointers can be followed from a parameter before types are
// known by their names alone.
const maxHops = 4

// maxStructs caps the structs that one function brings along; those that are
// nearest to it come first.
const maxStructs = 1 << 12

// maxMembers caps the fields and enumerators that one function brings along.
const maxMembers = 1 << 18

// maxChain caps how many modifiers, pointers and dimensions a type has before
// there is a struct or a number.
const maxChain = 64

// builder makes the types of one function.
type builder struct {
	d        *Data
	language language
	hops     int       // pointers that may still be followed
	depth    int       // of calls of build
	structs  int       // made so far
	members  int       // fields and enumerators made so far
	queue    []pending // structs without fields
	settled  []settled // what some of them are shown as
	unplaced bool      // it is not known what is passed beside the parameters
}

// pending is a struct whose fields are to be made.
type pending struct {
	t    *prototype.Type
	e    entry
	hops int
	late bool // it is one of the library's that has types of the program in it
}

var (
	void     = &prototype.Type{Kind: prototype.Void}
	char     = &prototype.Type{Kind: prototype.Int, Size: 1, Lens: prototype.Char}
	anything = &prototype.Type{Kind: prototype.Pointer}
	function = &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Symbol}
)

// typeOf returns the type of a parameter, variable or function; void if it has
// none.
func (b *builder) typeOf(e *entry) *prototype.Type {
	for range 8 {
		if e.has(dwarf.AttrType) || !e.has(dwarf.AttrAbstractOrigin) {
			break
		}
		origin, ok := e.ref(dwarf.AttrAbstractOrigin)
		if !ok {
			return void
		}
		e = &origin
	}
	b.hops = maxHops
	return b.typ(e)
}

// typ returns the type that an entry's DW_AT_type refers to; void if there is
// none.
func (b *builder) typ(e *entry) *prototype.Type {
	if !e.has(dwarf.AttrType) {
		return void
	}
	to, ok := e.ref(dwarf.AttrType)
	if !ok {
		return void
	}
	return b.build(&to)
}

// build returns the type of an entry, with as many pointers to follow as hops
// says.
func (b *builder) build(e *entry) *prototype.Type {
	key := typeKey{e.u.section, e.off, b.language}
	if m, ok := b.d.types[key]; ok && m.rest >= b.hops {
		return m.t
	}
	if b.depth++; b.depth > maxChain {
		b.d.damaged("a type without end", e.off)
	}
	defer func() { b.depth-- }()
	if !b.d.spend(1) {
		return void
	}
	t, whole := b.make(e)
	if whole && b.d.err == nil {
		b.d.remember(key, made{t, b.hops})
	}
	return t
}

// maxTypes caps the types that are kept for further functions.
const maxTypes = 1 << 18

func (d *Data) remember(key typeKey, m made) {
	if d.types == nil || len(d.types) >= maxTypes {
		d.types = make(map[typeKey]made)
	}
	d.types[key] = m
}

// make makes a type. whole is false for one that stands in for the type that it
// should be.
func (b *builder) make(e *entry) (t *prototype.Type, whole bool) {
	switch e.tag() {
	case dwarf.TagBaseType:
		return b.base(e), true
	case dwarf.TagUnspecifiedType:
		if e.name() == "decltype(nullptr)" {
			return anything, true
		}
		return void, true
	case dwarf.TagConstType, dwarf.TagVolatileType, dwarf.TagRestrictType, dwarf.TagAtomicType, dwarf.TagPackedType, dwarf.TagSharedType:
		return b.typ(e), false // it is kept under its own entry
	case dwarf.TagTypedef, dwarf.TagTemplateAlias:
		return b.typedef(e)
	case dwarf.TagPointerType:
		return b.pointer(e), true
	case dwarf.TagReferenceType, dwarf.TagRvalueReferenceType:
		return b.reference(e), true
	case dwarf.TagPtrToMemberType:
		return b.memberPointer(e), true
	case dwarf.TagArrayType:
		return b.array(e), true
	case dwarf.TagStructType, dwarf.TagClassType, dwarf.TagInterfaceType, dwarf.TagUnionType:
		return b.structure(e, "")
	case dwarf.TagEnumerationType:
		return b.enum(e), true
	case dwarf.TagSubroutineType:
		if b.language == langGo {
			return b.goFunction(), true
		}
		return void, true
	}
	return opaque(e), true
}

// opaque stands for a type that is not known: its bytes. As a parameter it
// cannot be placed.
func opaque(e *entry) *prototype.Type {
	size, _ := e.size(dwarf.AttrByteSize)
	return arrayOf(&prototype.Type{Kind: prototype.Int, Size: 1, Unsigned: true}, int64(size))
}

// isOpaque tells opaque's arrays from those of Rust, whose numbers have names.
func isOpaque(t *prototype.Type) bool { return t.Elem.Kind == prototype.Int && t.Elem.Name == "" }

func arrayOf(elem *prototype.Type, n int64) *prototype.Type {
	return &prototype.Type{Kind: prototype.Array, Elem: elem, Len: &prototype.Expr{N: n}}
}

// resolve follows an entry's DW_AT_type through typedefs and qualifiers, and tells
// whether const was among them. What is not there has no abbreviation.
func (b *builder) resolve(e *entry) (to entry, readOnly bool) {
	at := *e
	for range maxChain {
		attr := dwarf.AttrType
		if !at.has(attr) {
			if attr = dwarf.AttrAbstractOrigin; !at.has(attr) {
				return entry{}, readOnly
			}
		}
		next, ok := at.ref(attr)
		if !ok {
			return entry{}, readOnly
		}
		switch next.tag() {
		case dwarf.TagConstType:
			readOnly = true
		case dwarf.TagTypedef, dwarf.TagTemplateAlias, dwarf.TagVolatileType, dwarf.TagRestrictType, dwarf.TagAtomicType, dwarf.TagFormalParameter:
		default:
			if to, ok := b.signed(&next); ok {
				next = to
			}
			return next, readOnly
		}
		at = next
	}
	return entry{}, readOnly
}

// Encodings of base types (DWARF 5, 7.8).
const (
	encodingAddress      = 0x01
	encodingBoolean      = 0x02
	encodingComplex      = 0x03
	encodingFloat        = 0x04
	encodingSigned       = 0x05
	encodingSignedChar   = 0x06
	encodingUnsigned     = 0x07
	encodingUnsignedChar = 0x08
	encodingUTF          = 0x10
)

// base makes a number. Those of C have no names of their own but the words for
// them.
func (b *builder) base(e *entry) *prototype.Type {
	t := b.number(e)
	if b.language == langRust || b.language == langGo {
		t.Name = e.name()
	}
	return t
}

func (b *builder) number(e *entry) *prototype.Type {
	name := e.name()
	size, sized := e.size(dwarf.AttrByteSize)
	if sized && size == 0 && b.language == langRust { // ()
		return &prototype.Type{Kind: prototype.Struct, Lens: prototype.Bare, Complete: true}
	}
	encoding, _ := e.number(dwarf.AttrEncoding)
	t := &prototype.Type{Kind: prototype.Int, Size: size}
	switch encoding {
	case encodingFloat:
		return b.float(e, name, size)
	case encodingComplex:
		if size == 0 || size%2 != 0 {
			return opaque(e)
		}
		return &prototype.Type{Kind: prototype.Complex, Size: size, Elem: b.float(e, name, size/2)}
	case encodingBoolean:
		t.Unsigned, t.Lens = true, prototype.Boolean
	case encodingSigned:
		if name == "wchar_t" {
			t.Lens = prototype.Char
		}
	case encodingSignedChar, encodingUnsignedChar:
		t.Unsigned = encoding == encodingUnsignedChar
		if name == "char" {
			t.Lens = prototype.Char
		}
	case encodingUTF:
		t.Unsigned, t.Lens = true, prototype.Char
	case encodingUnsigned, encodingAddress:
		t.Unsigned = true
	default:
		return opaque(e) // decimal and fixed-point numbers
	}
	switch size {
	case 1, 2, 4, 8, 16:
		return t
	}
	return opaque(e)
}

// float makes a number of size bytes. An x87 number has 10, whatever it takes;
// a name tells it from the other kind of 16.
func (b *builder) float(e *entry, name string, size int) *prototype.Type {
	t := &prototype.Type{Kind: prototype.Float, Size: size}
	switch size {
	case 4, 8:
	case 12:
		t.Size = prototype.LongDouble
	case 16:
		if name == "long double" || name == "complex long double" || name == "complex" {
			t.Size = prototype.LongDouble
		}
	default:
		return opaque(e)
	}
	return t
}

// array makes an array or a vector, of as many dimensions as it has.
func (b *builder) array(e *entry) *prototype.Type {
	elem := b.typ(e)
	var lengths []*prototype.Expr
	for c := range e.children() {
		if tag := c.tag(); tag != dwarf.TagSubrangeType && tag != dwarf.TagEnumerationType && tag != tagGenericSubrange {
			continue
		}
		if len(lengths) == maxChain {
			b.d.damaged("an array", e.off)
			return void
		}
		lengths = append(lengths, elements(c))
	}
	if e.flag(attrGNUVector) {
		size := elem.SizeOf(b.d.model)
		for _, n := range lengths {
			if n == nil || n.N > maxBytes {
				return opaque(e)
			}
			size = min(size, maxBytes) * int(n.N)
		}
		if given, ok := e.size(dwarf.AttrByteSize); ok {
			size = given
		}
		return &prototype.Type{Kind: prototype.Vector, Size: size, Elem: elem}
	}
	if len(lengths) == 0 {
		lengths = []*prototype.Expr{nil}
	}
	for i := len(lengths) - 1; i >= 0; i-- {
		t := &prototype.Type{Kind: prototype.Array, Elem: elem, Len: lengths[i]}
		if i == len(lengths)-1 && elem.Kind == prototype.Int && elem.Lens == prototype.Char && b.language != langGo && b.language != langRust {
			t.Lens, t.Zero = prototype.Text, true
		}
		elem = t
	}
	return elem
}

const tagGenericSubrange dwarf.Tag = 0x45

// elements returns the length that a subrange stands for; nil if it is not
// constant. The lower bound is 0 in all languages that are known here.
func elements(e *entry) *prototype.Expr {
	if n, ok := e.size(dwarf.AttrCount); ok {
		return &prototype.Expr{N: int64(n)}
	}
	v := e.val(dwarf.AttrUpperBound)
	if n, ok := v.constant(true); ok && n >= -1 && n < maxBytes {
		return &prototype.Expr{N: n + 1}
	}
	if n, ok := v.constant(false); ok && n >= 0 && n < maxBytes { // 255 in a byte
		return &prototype.Expr{N: n + 1}
	}
	return nil
}
