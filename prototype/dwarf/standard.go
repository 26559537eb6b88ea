package dwarf

import (
	"debug/dwarf"
	"strings"

	"sonde/prototype"
	"sonde/prototype/cxx"
)

// Classes of C++'s library are shown by what they are for (sonde/prototype/cxx), be they
// made of numbers, of others, or of classes of the program. Of these the fields must be
// known before it can be told how large the class is that is made of them, and they may
// have that class in them: a tree has a vector of trees. So these come last.

// settled is a class of the library that has types of the program in it.
type settled struct {
	t    *prototype.Type // with nothing but its name and size
	as   *prototype.Type
	size int
}

func isStandard(name string) bool {
	return strings.HasPrefix(name, "std::") || strings.HasPrefix(name, "__gnu_cxx::")
}

// ofProgram tells whether a class is one of the library's that is known, and has
// types of the program in it.
func (b *builder) ofProgram(e *entry) bool {
	name := e.qualified()
	if !isStandard(name) {
		return false
	}
	asked := false
	cxx.PrettyOf(name, func(string) *prototype.Type {
		asked = true
		return nil
	})
	return asked
}

// standard makes what a class of the library is shown as, and reports whether that is
// known.
func (b *builder) standard(t *prototype.Type, e *entry) bool {
	as, ok := cxx.PrettyOf(e.qualified(), func(name string) *prototype.Type { return b.argument(e, name, 0) })
	if !ok || as.Kind != prototype.Struct {
		return false
	}
	as.Indirect = t.Indirect
	b.settled = append(b.settled, settled{t, as, t.Size})
	return true
}

// settle puts the classes of the library in their places. One that is not as large as it
// should be is none that is known.
func (b *builder) settle() {
	for i := range b.settled {
		*b.settled[i].t = *b.settled[i].as
	}
	for i := range b.settled {
		if s := &b.settled[i]; s.t.SizeOf(b.d.model) != s.size {
			*s.t = prototype.Type{Name: s.t.Name, Kind: prototype.Struct, Size: s.size, Indirect: s.t.Indirect}
		}
	}
}

// maxArguments caps how deep templates that are arguments or bases of templates are
// looked into.
const maxArguments = 10

// argument returns the class or enum of the program that has a name, of those that a
// template of C++ has been given, or the templates among these. Of std::tuple GCC does not
// tell what it has been given; its bases have it.
func (b *builder) argument(e *entry, name string, depth int) *prototype.Type {
	if b.hops == 0 || depth == maxArguments {
		return nil
	}
	for c := range e.children() {
		switch c.tag() {
		case tagGNUTemplatePack:
			if t := b.argument(c, name, depth); t != nil {
				return t
			}
			continue
		case dwarf.TagTemplateTypeParameter, dwarf.TagInheritance:
		default:
			continue
		}
		to, _ := b.resolve(c)
		for range maxChain {
			if tag := to.tag(); tag != dwarf.TagPointerType && tag != dwarf.TagArrayType && tag != dwarf.TagReferenceType {
				break
			}
			to, _ = b.resolve(&to)
		}
		switch to.tag() {
		case dwarf.TagStructType, dwarf.TagClassType, dwarf.TagUnionType, dwarf.TagEnumerationType:
		default:
			continue
		}
		if strings.ReplaceAll(to.qualified(), " ", "") == strings.ReplaceAll(name, " ", "") {
			b.hops--
			t := b.build(&to)
			b.hops++
			if t.Kind == prototype.Int || t.Complete {
				return t
			}
			return nil
		}
		if t := b.argument(&to, name, depth+1); t != nil {
			return t
		}
	}
	return nil
}

// tagGNUTemplatePack is what GCC and clang put the arguments into that a template has
// for a pack.
const tagGNUTemplatePack dwarf.Tag = 0x4107
