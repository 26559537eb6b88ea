package dwarf

import (
	"debug/dwarf"
	"strings"

	"sonde/fields"
	"sonde/prototype"
	"sonde/prototype/cxx"
)

// nameOf returns the name of a struct or enum as its language writes it.
func (b *builder) nameOf(e *entry) string {
	if name := e.name(); name == "" || b.language == langC || b.language == langGo || b.language == unknown {
		return name
	}
	return e.qualified()
}

// signed returns the definition that a declaration refers to by the signature of a
// type unit.
func (b *builder) signed(e *entry) (entry, bool) {
	if !e.has(dwarf.AttrSignature) {
		return entry{}, false
	}
	return e.ref(dwarf.AttrSignature)
}

// structure makes a struct, class or union, whose fields come later, or what it
// is known to be shown as. alias is the name that a typedef gives it.
func (b *builder) structure(e *entry, alias string) (t *prototype.Type, whole bool) {
	if to, ok := b.signed(e); ok {
		if alias == "" {
			return b.build(&to), false
		}
		return b.structure(&to, alias)
	}
	if to, ok := b.defined(e); ok {
		return b.structure(&to, alias)
	}
	name := alias
	if name == "" {
		name = b.nameOf(e)
	}
	size, sized := e.size(dwarf.AttrByteSize)
	if sized = sized && !e.flag(dwarf.AttrDeclaration); !sized {
		size = -1
	}
	if b.language == langC && e.isTransparent() && size == b.d.model.Word {
		return anything, true
	}
	if t := b.known(e, size); t != nil {
		return t, true
	}
	if !sized {
		// Nearer to the function its definition is looked for.
		return &prototype.Type{Name: name, Kind: prototype.Struct}, b.hops >= maxHops-1
	}
	t = &prototype.Type{Name: name, Kind: prototype.Struct, Size: size, Complete: true}
	if e.tag() == dwarf.TagUnionType {
		t.Kind = prototype.Union
	}
	if b.structs++; b.structs > maxStructs {
		t.Complete = false
		return t, false
	}
	if n, ok := e.size(attrAlignment); ok && b.language != langRust { // which says it of all
		t.Align = n
	}
	switch b.language {
	case langCXX:
		t.Indirect = b.indirect(e, 0)
	case langRust:
		t.Indirect = size > 2*b.d.model.Word
	}
	b.queue = append(b.queue, pending{t, *e, b.hops, b.language == langCXX && b.ofProgram(e)})
	return t, true
}

// isTransparent tells whether a union is passed as its first member (GCC's manual,
// 6.33.1, transparent_union). GCC leaves the members of such unions away: those of
// the C library are all pointers to some struct sockaddr.
func (e *entry) isTransparent() bool {
	return e.tag() == dwarf.TagUnionType && !e.a.children && !e.flag(dwarf.AttrDeclaration)
}

const attrAlignment dwarf.Attr = 0x88

// known returns how a class of its language's library is shown; nil for others.
// size is -1 if it is declared only: clang leaves std::string to the unit that
// instantiates it.
func (b *builder) known(e *entry, size int) *prototype.Type {
	switch b.language {
	case langCXX:
		name := e.qualified()
		if !isStandard(name) {
			return b.pythonKnown(e, size)
		}
		if size >= 0 && b.ofProgram(e) {
			return nil
		}
		if t, ok := cxx.Pretty(name); ok && (size < 0 || t.SizeOf(b.d.model) == size) {
			if size > 0 { // a class that is declared does not say how it is passed
				t.Indirect = b.indirect(e, 0)
			}
			return t
		}
	case langC:
		return b.pythonKnown(e, size)
	case langRust:
		return b.rustKnown(e, size)
	case langGo:
		return b.goKnown(e, size)
	}
	return nil
}

// complete gives all structs their fields, those first that are nearest to the
// function.
func (b *builder) complete() {
	for len(b.queue) > 0 && b.d.err == nil {
		p := b.queue[0]
		b.queue = b.queue[1:]
		b.hops = p.hops
		if !p.late || !b.standard(p.t, &p.e) {
			b.fields(p.t, &p.e)
		}
	}
	b.settle()
}

// fields makes the fields of a struct.
func (b *builder) fields(t *prototype.Type, e *entry) {
	for c := range e.children() {
		if b.members++; b.members > maxMembers {
			t.Complete = false
			return
		}
		switch c.tag() {
		case dwarf.TagMember:
			if f, ok := b.member(c); ok {
				t.Fields = append(t.Fields, f)
			}
		case dwarf.TagInheritance:
			if f, ok := b.inherited(c); ok {
				t.Fields = append(t.Fields, f)
			}
		case tagVariantPart:
			b.variants(t, c)
		}
	}
	if b.language == langRust {
		unwrap(t)
	}
}

// member makes a field; ok is false for what is not in the object.
func (b *builder) member(e *entry) (f prototype.Field, ok bool) {
	if e.flag(dwarf.AttrExternal) || e.flag(dwarf.AttrDeclaration) { // static
		return f, false
	}
	off, ok := e.place()
	if !ok {
		return f, false
	}
	f = prototype.Field{Name: e.name(), Type: b.typ(e), Offset: off}
	if strings.HasPrefix(f.Name, "_vptr") { // and the class it is of
		f.Name, f.Type = "_vptr", hiddenPointer
	}
	if b.language == langRust && rustTuple().MatchString(f.Name) {
		f.Name = ""
	}
	if n, ok := e.size(dwarf.AttrBitSize); ok && n > 0 {
		e.bitField(&f, n)
	}
	if b.language == langRust && f.Type.Kind == prototype.Struct {
		if to, _ := b.resolve(e); to.isEmpty() {
			return f, false // PhantomData and the like
		}
	}
	return f, true
}

var hiddenPointer = &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Hide}

// isEmpty tells whether a struct has no size.
func (e *entry) isEmpty() bool {
	size, ok := e.size(dwarf.AttrByteSize)
	return ok && size == 0
}

// opPlusConst is DW_OP_plus_uconst, as DWARF 2 says where members are.
const opPlusConst = 0x23

// place returns the offset of a member or base in its struct. That of a virtual
// base is computed when the program runs.
func (e *entry) place() (off int, ok bool) {
	v := e.val(dwarf.AttrDataMemberLoc)
	if v.form == 0 {
		return 0, !e.has(dwarf.AttrDataBitOffset) || e.has(dwarf.AttrBitSize)
	}
	if v.p != nil {
		b := fields.New(v.p)
		if b.U8() != opPlusConst {
			return 0, false
		}
		v = value{form: formUdata, n: b.ULEB()}
		if b.Bad() || b.Left() > 0 {
			return 0, false
		}
	}
	n, ok := v.constant(false)
	return int(n), ok && n >= 0 && n < maxBytes
}

// bitField sets where a bit-field of n bits is, in a word of its type.
func (e *entry) bitField(f *prototype.Field, n int) {
	f.Bits = n
	size := f.Type.Size
	if size == 0 {
		size = 1
	}
	if e.has(dwarf.AttrDataBitOffset) { // from the start of the struct
		bit, ok := e.size(dwarf.AttrDataBitOffset)
		if !ok {
			return
		}
		f.Offset = bit / 8 / size * size
		f.BitOffset = bit - 8*f.Offset
	} else if high, ok := e.size(dwarf.AttrBitOffset); ok { // from the highest bit of the word down
		if word, ok := e.size(dwarf.AttrByteSize); ok {
			size = word
		}
		f.BitOffset = max(8*size-high-n, 0)
	}
	if f.BitOffset+n > 8*size { // packed: it goes over a boundary of its type
		f.Offset += f.BitOffset / 8
		f.BitOffset %= 8
	}
}

// inherited makes a field of a base class, which has its name.
func (b *builder) inherited(e *entry) (f prototype.Field, ok bool) {
	to, _ := b.resolve(e)
	off, ok := e.place()
	if !to.ok() || !ok || !b.hasData(&to, 0) {
		return f, false
	}
	return prototype.Field{Name: to.name(), Type: b.typ(e), Offset: off}, true
}

// hasData tells whether there is anything in a class.
func (b *builder) hasData(e *entry, depth int) bool {
	if size, ok := e.size(dwarf.AttrByteSize); !ok || size != 1 || depth > maxClasses {
		return true
	}
	for c := range e.children() {
		switch c.tag() {
		case dwarf.TagMember:
			if !c.flag(dwarf.AttrExternal) && !c.flag(dwarf.AttrDeclaration) {
				return true
			}
		case dwarf.TagInheritance:
			if to, _ := b.resolve(c); b.hasData(&to, depth+1) {
				return true
			}
		}
	}
	return false
}

// maxClasses caps how deep indirect looks.
const maxClasses = 16

// indirect tells whether a class is passed by its address. Compilers say so;
// of older ones it is found out as the Itanium C++ ABI has it: by a destructor,
// a copy or a move constructor that the class or what it is made of has.
func (b *builder) indirect(e *entry, depth int) bool {
	if n, ok := e.number(dwarf.AttrCalling); ok {
		return n == callReference
	}
	if depth > maxClasses {
		return false
	}
	own := e.name()
	for c := range e.children() {
		switch c.tag() {
		case dwarf.TagSubprogram:
			if b.special(c, own, e) {
				return true
			}
		case dwarf.TagInheritance, dwarf.TagMember:
			if c.tag() == dwarf.TagInheritance && c.has(dwarf.AttrVirtuality) {
				return true
			}
			if c.flag(dwarf.AttrExternal) || c.flag(dwarf.AttrDeclaration) {
				continue
			}
			if strings.HasPrefix(c.name(), "_vptr") {
				return true
			}
			to, _ := b.resolve(c)
			for range maxChain {
				if to.tag() != dwarf.TagArrayType {
					break
				}
				to, _ = b.resolve(&to)
			}
			switch to.tag() {
			case dwarf.TagStructType, dwarf.TagClassType, dwarf.TagUnionType:
				if b.indirect(&to, depth+1) {
					return true
				}
			}
		}
	}
	return false
}

// special tells whether a member function makes its class one that is not
// trivial for calls.
func (b *builder) special(e *entry, class string, of *entry) bool {
	name := e.name()
	if e.flag(dwarf.AttrVirtuality) || e.flag(dwarf.AttrArtificial) || e.has(attrDefaulted) || e.flag(attrDeleted) {
		return false
	}
	if strings.HasPrefix(name, "~") {
		return true
	}
	plain, _, _ := strings.Cut(class, "<")
	if name != class && name != plain {
		return false
	}
	l := e.parameters()
	if len(l.params) != 2 { // this, and what is copied
		return false
	}
	ref, ok := l.params[1].ref(dwarf.AttrType)
	if !ok || ref.tag() != dwarf.TagReferenceType && ref.tag() != dwarf.TagRvalueReferenceType {
		return false
	}
	to, _ := b.resolve(&ref)
	return to.u == of.u && to.off == of.off
}

// Attributes of member functions that the source has as = default and = delete.
const (
	attrDeleted   dwarf.Attr = 0x8a
	attrDefaulted dwarf.Attr = 0x8b
)
