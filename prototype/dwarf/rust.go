package dwarf

import (
	"debug/dwarf"
	"regexp"
	"strings"
	"sync"

	"sonde/prototype"
)

// rustMangled tells whether a function is named, and so called, as Rust does it:
// one that is for C has the name that it has there (The rustc book, "Symbol
// Mangling", for both ways).
func rustMangled(symbol string) bool {
	if strings.HasPrefix(symbol, "_R") {
		return true
	}
	if !strings.HasPrefix(symbol, "_ZN") {
		return false
	}
	symbol, _, _ = strings.Cut(symbol, ".llvm.")
	i := strings.LastIndex(symbol, "17h")
	return i > 0 && len(symbol) == i+len("17h")+16+len("E")
}

// rustTuple matches what rustc calls the fields of a tuple.
var rustTuple = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^__\d+$`) })

// rustKnown returns how a struct of Rust's library is shown; nil for others.
func (b *builder) rustKnown(e *entry, size int) *prototype.Type {
	name := e.name()
	word := b.d.model.Word
	switch {
	case size == 2*word && (strings.HasPrefix(name, "&") || strings.HasPrefix(name, "*") || strings.HasPrefix(name, "Box<") || strings.HasPrefix(name, "alloc::boxed::Box<")):
		return b.rustFat(e, name, size)
	case name == "String" || name == "PathBuf" || name == "OsString":
		return b.rustVec(e, size, true)
	case strings.HasPrefix(name, "Vec<"):
		return b.rustVec(e, size, false)
	case size == word && (strings.HasPrefix(name, "Rc<") || strings.HasPrefix(name, "Arc<")):
		return b.rustShared(e)
	case size == word && name == "Repr":
		return b.rustError(e)
	case size > 2*word:
		return b.rustCounted(e, size)
	}
	return nil
}

// rustCounts are the collections that are shown by how many elements they have, with
// the member that says it (hashbrown/src/raw, library/alloc/src/collections).
var rustCounts = map[string]string{
	"HashMap<": "items", "HashSet<": "items", "BTreeMap<": "length", "BTreeSet<": "length",
	"VecDeque<": "len", "LinkedList<": "len",
}

// rustCounted makes a collection whose elements are not shown; nil for others.
func (b *builder) rustCounted(e *entry, size int) *prototype.Type {
	of, _, generic := strings.Cut(e.name(), "<")
	member, known := rustCounts[of+"<"]
	if !generic || !known || !isRustLibrary(e.qualified()) {
		return nil
	}
	word := b.d.model.Word
	_, at, ok := b.inner(e, 0, 0, func(c, to *entry) bool { return c.name() == member && to.tag() == dwarf.TagBaseType })
	if !ok || at%word != 0 || at >= size {
		return nil
	}
	return &prototype.Type{
		Name: e.name(), Kind: prototype.Struct, Lens: prototype.Bare, Size: size, Complete: true, Indirect: true,
		Fields: []prototype.Field{
			{Type: hiddenWord(word), Offset: at},
			{Type: &prototype.Type{Kind: prototype.Array, Lens: prototype.Sized, Elem: void, Len: &prototype.Expr{Op: prototype.Elt, N: 1}}},
		},
	}
}

// isRustLibrary tells whether a type is one of Rust's own libraries.
func isRustLibrary(qualified string) bool {
	for _, prefix := range []string{"core::", "alloc::", "std::", "hashbrown::"} {
		if strings.HasPrefix(qualified, prefix) {
			return true
		}
	}
	return false
}

// rustShared makes an Rc or Arc: what it counts the owners of, behind two numbers
// (alloc::rc::RcInner, alloc::sync::ArcInner).
func (b *builder) rustShared(e *entry) *prototype.Type {
	pointer, _, ok := b.inner(e, 0, 0, func(_, to *entry) bool { return to.tag() == dwarf.TagPointerType })
	if !ok {
		return nil
	}
	inner, _ := b.resolve(&pointer)
	for c := range inner.children() {
		if name := c.name(); c.tag() != dwarf.TagMember || name != "value" && name != "data" {
			continue
		}
		at, placed := c.place()
		size, sized := inner.size(dwarf.AttrByteSize)
		value := b.pointee(c)
		if !placed || !sized || value.Kind == prototype.Void {
			break
		}
		return &prototype.Type{Kind: prototype.Pointer, Elem: &prototype.Type{
			Name: inner.name(), Kind: prototype.Struct, Lens: prototype.Bare, Size: size, Complete: true,
			Fields: []prototype.Field{{Type: value, Offset: at}},
		}}
	}
	return nil
}

// rustInner are the wrappers that have what they are for in one member, and beside it
// what they need for themselves.
var rustInner = map[string]string{"core::cell::RefCell": "value", "std::sync::poison::mutex::Mutex": "data", "std::sync::poison::rwlock::RwLock": "data"}

// unwrap has a struct of Rust's library shown as the one field that it is for.
func unwrap(t *prototype.Type) {
	if !isRustLibrary(t.Name) || t.Lens != prototype.Plain || t.Kind != prototype.Struct {
		return
	}
	name, _, _ := strings.Cut(t.Name, "<")
	of, known := rustInner[name]
	if known {
		for i := range t.Fields {
			if t.Fields[i].Name != of {
				t.Fields[i].Type = hiddenOf(t.Fields[i].Type)
			}
		}
	}
	if known || len(t.Fields) == 1 {
		t.Lens = prototype.Bare
	}
}

// hiddenOf makes a type that takes the place of another and is not shown.
func hiddenOf(t *prototype.Type) *prototype.Type {
	return &prototype.Type{Kind: prototype.Struct, Lens: prototype.Hide, Complete: true, Fields: []prototype.Field{{Type: t}}}
}

// rustError makes what an io::Error of a 64-bit machine is: a word whose lowest two
// bits say whether the other half is an error number (2), or a kind of error (3),
// or the word leads to more (library/std/src/io/error/repr_bitpacked.rs).
func (b *builder) rustError(e *entry) *prototype.Type {
	const half, word = 4, 8
	if b.d.model.Word != word || !b.holdsPhantom(e, "io::error::Custom") {
		return nil
	}
	tag := &prototype.Expr{Op: prototype.And, X: &prototype.Expr{Op: prototype.Elt, N: 1}, Y: &prototype.Expr{Op: prototype.Const, N: 3}}
	byTag := func(values []int64, t, other *prototype.Type) *prototype.Type {
		return &prototype.Type{Kind: prototype.Choice, On: tag, Cases: []prototype.Case{{Values: values, Type: t}}, Else: other}
	}
	errno := &prototype.Type{Kind: prototype.Int, Size: half, Lens: prototype.Errno}
	kind := &prototype.Type{Kind: prototype.Int, Size: half, Unsigned: true}
	hidden := hiddenWord(half)
	return &prototype.Type{Name: e.name(), Kind: prototype.Struct, Lens: prototype.Bare, Size: word, Complete: true, Fields: []prototype.Field{
		{Type: hiddenWord(half)},
		{Type: byTag([]int64{2}, errno, byTag([]int64{3}, kind, hidden)), Offset: half},
		{Type: byTag([]int64{0, 1}, anything, hiddenWord(word))},
	}}
}

// holdsPhantom tells whether a struct has a PhantomData of a type that is called so.
func (b *builder) holdsPhantom(e *entry, name string) bool {
	for c := range e.children() {
		if c.tag() != dwarf.TagMember {
			continue
		}
		if of, _ := b.resolve(c); strings.HasPrefix(of.name(), "PhantomData<") && strings.Contains(of.name(), name) {
			return true
		}
	}
	return false
}

// rustFat makes a reference, pointer or box that has a length beside it. One with
// a table of methods is a struct like any other.
func (b *builder) rustFat(e *entry, name string, size int) *prototype.Type {
	var data, length entry
	for c := range e.children() {
		if c.tag() != dwarf.TagMember {
			continue
		}
		switch c.name() {
		case "data_ptr":
			data = *c
		case "length":
			length = *c
		}
	}
	if !data.ok() || !length.ok() {
		return b.rustObject(e, name, size)
	}
	at, ok := data.place()
	n, ok2 := length.place()
	if !ok || !ok2 {
		return nil
	}
	pointer, _ := b.resolve(&data)
	_, of, _ := strings.Cut(name, "<")
	of = strings.TrimSuffix(of, ">")
	for _, prefix := range []string{"&mut ", "*mut ", "*const ", "&"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			of = rest
			break
		}
	}
	switch of[strings.LastIndexByte(of, ':')+1:] {
	case "str", "Path", "OsStr":
		return b.counted(name, size, at, n, nil)
	}
	return b.counted(name, size, at, n, b.pointee(&pointer))
}

// rustObject makes a reference to an object of a trait: the object's address, and
// that of its methods. What the object is is not known.
func (b *builder) rustObject(e *entry, name string, size int) *prototype.Type {
	_, at, ok := b.inner(e, 0, 0, func(c, _ *entry) bool { return c.name() == "pointer" })
	_, vtable, ok2 := b.inner(e, 0, 0, func(c, _ *entry) bool { return c.name() == "vtable" })
	if !ok || !ok2 {
		return nil
	}
	return &prototype.Type{Name: name, Kind: prototype.Struct, Lens: prototype.Bare, Size: size, Complete: true, Fields: []prototype.Field{
		{Type: anything, Offset: at},
		{Type: hiddenPointer, Offset: vtable},
	}}
}

// counted makes a struct of a pointer and a number of elements: a text if elem
// is nil. Nothing else of it is shown.
func (b *builder) counted(name string, size, at, length int, elem *prototype.Type) *prototype.Type {
	return counted(b.d.model.Word, name, size, at, length, elem)
}

func counted(word int, name string, size, at, length int, elem *prototype.Type) *prototype.Type {
	array := &prototype.Type{Kind: prototype.Array, Elem: elem, Len: &prototype.Expr{Op: prototype.Elt, N: 2}}
	pointer := &prototype.Type{Kind: prototype.Pointer, Elem: array}
	if elem == nil {
		array.Elem, pointer.Lens = char, prototype.Text
	}
	t := &prototype.Type{Name: name, Kind: prototype.Struct, Lens: prototype.Bare, Size: size, Complete: true, Fields: []prototype.Field{
		{Type: pointer, Offset: at},
		{Type: hiddenWord(word), Offset: length},
	}}
	if size == 3*word { // and the capacity, wherever that leaves it
		t.Fields = append(t.Fields, prototype.Field{Type: hiddenWord(word), Offset: 3*word - at - length})
	}
	return t
}

func hiddenWord(size int) *prototype.Type {
	return &prototype.Type{Kind: prototype.Int, Size: size, Unsigned: true, Lens: prototype.Hide}
}

// rustVec makes a vector: a length, a pointer, and the capacity, in an order that
// the compiler has chosen, the pointer deep within (alloc::vec::Vec, RawVec,
// Unique, NonNull).
func (b *builder) rustVec(e *entry, size int, isText bool) *prototype.Type {
	word := b.d.model.Word
	if size != 3*word {
		return nil
	}
	pointer, at, ok := b.inner(e, 0, 0, func(_, to *entry) bool { return to.tag() == dwarf.TagPointerType })
	_, length, ok2 := b.inner(e, 0, 0, func(c, to *entry) bool { return c.name() == "len" && to.tag() == dwarf.TagBaseType })
	if !ok || !ok2 || at == length || at%word != 0 || length%word != 0 || at >= size || length >= size {
		return nil
	}
	var elem *prototype.Type
	if !isText {
		elem = b.vecElem(e, &pointer)
		if elem == nil {
			return nil
		}
	}
	t := b.counted(e.name(), size, at, length, elem)
	t.Indirect = true
	return t
}

// vecElem returns the type of a vector's elements: its first type parameter. The
// pointer may be one to bytes.
func (b *builder) vecElem(e, pointer *entry) *prototype.Type {
	for c := range e.children() {
		if c.tag() == dwarf.TagTemplateTypeParameter {
			return b.pointee(c)
		}
	}
	return b.pointee(pointer)
}

// maxInner caps how deep structs of one field are looked into.
const maxInner = 8

// inner finds a member that is wanted, in a struct or the structs in it, and
// returns its type and offset.
func (b *builder) inner(e *entry, base, depth int, want func(c, to *entry) bool) (found entry, off int, ok bool) {
	if depth > maxInner {
		return entry{}, 0, false
	}
	for c := range e.children() {
		if c.tag() != dwarf.TagMember {
			continue
		}
		at, placed := c.place()
		to, _ := b.resolve(c)
		if !placed || !to.ok() {
			continue
		}
		if want(c, &to) {
			return to, base + at, true
		}
		if to.tag() == dwarf.TagStructType {
			if found, off, ok = b.inner(&to, base+at, depth+1, want); ok {
				return found, off, true
			}
		}
	}
	return entry{}, 0, false
}

// Tags and attributes of types that are one of several by a value in them.
const (
	tagVariantPart dwarf.Tag  = 0x33
	tagVariant     dwarf.Tag  = 0x19
	attrDiscr      dwarf.Attr = 0x15
	attrDiscrValue dwarf.Attr = 0x16
)

// maxVariants caps the variants of one type.
const maxVariants = 1 << 12

// variants makes the fields of an enum with data: its discriminant, which is not
// shown, and by that one of structs that begin with the variant's name.
func (b *builder) variants(t *prototype.Type, part *entry) {
	discr, ok := part.ref(attrDiscr)
	if !ok { // there is but one variant
		for v := range part.children() {
			if v.tag() == tagVariant {
				b.fields(t, v)
			}
		}
		return
	}
	off, ok := discr.place()
	by := b.typ(&discr)
	if !ok || by.Kind != prototype.Int && by.Kind != prototype.Pointer {
		return
	}
	size := by.Size
	if by.Kind == prototype.Pointer {
		size = b.d.model.Word
	}
	choice := &prototype.Type{Kind: prototype.Choice, On: &prototype.Expr{Op: prototype.Elt, N: int64(len(t.Fields) + 1)}}
	t.Fields = append(t.Fields, prototype.Field{Type: &prototype.Type{Kind: prototype.Int, Size: size, Unsigned: by.Unsigned, Lens: prototype.Hide}, Offset: off})
	for v := range part.children() {
		if v.tag() != tagVariant || len(choice.Cases) == maxVariants {
			continue
		}
		value := v.val(attrDiscrValue)
		n, ok := value.constant(false)
		made := b.variant(t, v, off, size, n, ok)
		if made == nil {
			continue
		}
		if !ok {
			choice.Else = made
			continue
		}
		if !by.Unsigned {
			n = signExtend(n, size)
		}
		choice.Cases = append(choice.Cases, prototype.Case{Values: []int64{n}, Type: made})
	}
	t.Lens = prototype.Bare
	t.Fields = append(t.Fields, prototype.Field{Type: choice})
}

func signExtend(n int64, size int) int64 {
	if size <= 0 || size >= 8 {
		return n
	}
	shift := uint(64 - 8*size)
	return n << shift >> shift
}

// variant makes one variant: its name, which is that of the discriminant's value,
// and its fields. That of which the discriminant is data has its name whatever that is.
func (b *builder) variant(of *prototype.Type, v *entry, off, size int, n int64, named bool) *prototype.Type {
	for c := range v.children() {
		if c.tag() != dwarf.TagMember {
			continue
		}
		to, _ := b.resolve(c)
		if to.tag() != dwarf.TagStructType {
			return nil
		}
		names := &prototype.Names{Any: !named, Known: []prototype.Name{{Name: c.name(), Value: uint64(n), Mask: ^uint64(0)}}}
		t := &prototype.Type{Name: c.name(), Kind: prototype.Struct, Lens: prototype.Variant, Size: of.Size, Complete: true}
		t.Fields = append(t.Fields, prototype.Field{Offset: off, Type: &prototype.Type{
			Kind: prototype.Int, Size: size, Unsigned: true, Names: names,
		}})
		b.fields(t, &to)
		return t
	}
	return nil
}

// rustClosure matches what rustc calls closures.
var rustClosure = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\{closure#\d+\}`) })

// rustCaptured adds the parameter that a closure has for what it has captured, before
// the others. rustc tells of it if that is nothing; else it tells of what has been
// captured, as variables. It is passed by its address or by value: that is known to be
// one word where it is larger than two, or one pointer itself.
func (b *builder) rustCaptured(p *prototype.Prototype, f *subprogram) {
	if len(p.Params) > 0 && p.Params[0].Name == "" {
		return
	}
	name, _, _ := strings.Cut(f.name(), "<")
	name = strings.Replace(name, "{closure#", "{closure_env#", 1)
	found := false
	if s := f.declared.scope(); s != nil {
		around := f.declared.u.entry(s.off)
		for c := range around.children() {
			own, _, _ := strings.Cut(c.name(), "<")
			if c.tag() != dwarf.TagStructType || own != name {
				continue
			}
			if !b.isWord(c) {
				b.unplaced = true
			}
			found = true
		}
	}
	b.unplaced = b.unplaced || !found
	p.Params = append([]prototype.Param{{Type: hiddenPointer}}, p.Params...)
}

// isWord tells whether a struct is passed as one word, be it by value or by its
// address.
func (b *builder) isWord(e *entry) bool {
	word := b.d.model.Word
	size, ok := e.size(dwarf.AttrByteSize)
	if !ok || size > 2*word {
		return ok
	}
	members, pointers := 0, 0
	for c := range e.children() {
		if c.tag() != dwarf.TagMember {
			continue
		}
		members++
		if to, _ := b.resolve(c); to.tag() == dwarf.TagPointerType {
			pointers++
		}
	}
	return size == word && members == 1 && pointers == 1
}
