package dwarf

import (
	"debug/dwarf"
	"strconv"
	"strings"

	"sonde/symname"
)

// maxDeclaration caps a declaration in bytes: templates have names of thousands.
const maxDeclaration = 1 << 10

// declaration returns how a variable of a type is declared in its language.
func (b *builder) declaration(t *entry, name string) string {
	var s string
	switch b.language {
	case langGo:
		s = name + " " + b.declare(t, "", 0)
	case langRust:
		s = name + ": " + b.declare(t, "", 0)
	default:
		s = b.declare(t, name, 0)
	}
	if len(s) > maxDeclaration {
		s = s[:maxDeclaration] + "..."
	}
	return s
}

// declare puts the type before and behind what is declared (C17, 6.7.6).
func (b *builder) declare(e *entry, what string, depth int) string {
	if depth == maxChain || len(what) > maxDeclaration || !b.d.spend(1) {
		return spaced("...", what)
	}
	if to, ok := b.signed(e); ok { // in a type unit
		e = &to
	}
	if name := b.nameOf(e); name != "" {
		if b.language == langCXX && len(name) < maxDeclaration {
			name = symname.Brief(name)
		}
		return spaced(b.keyword(e)+name, what)
	}
	to, ok := entry{}, false
	if e.has(dwarf.AttrType) {
		to, ok = e.ref(dwarf.AttrType)
	}
	next := func(what string) string {
		if !ok {
			return spaced("void", what)
		}
		return b.declare(&to, what, depth+1)
	}
	switch e.tag() {
	case dwarf.TagPointerType:
		return next(b.pointing("*", &to, what))
	case dwarf.TagReferenceType:
		return next(b.pointing("&", &to, what))
	case dwarf.TagRvalueReferenceType:
		return next(b.pointing("&&", &to, what))
	case dwarf.TagConstType:
		return b.qualifier("const", &to, what, next)
	case dwarf.TagVolatileType:
		return b.qualifier("volatile", &to, what, next)
	case dwarf.TagRestrictType:
		return next(spaced("restrict", what))
	case dwarf.TagAtomicType:
		return b.qualifier("_Atomic", &to, what, next)
	case dwarf.TagArrayType:
		return next(what + dimensions(e))
	case dwarf.TagSubroutineType:
		return next(what + "(" + b.arguments(e, depth) + ")")
	case dwarf.TagPtrToMemberType:
		if class, has := e.ref(dwarf.AttrContainingType); has {
			return next(b.pointing(b.nameOf(&class)+"::*", &to, what))
		}
	}
	return spaced("{...}", what) // a struct without a name, or a lambda
}

// spaced puts a blank between a type and what is declared.
func spaced(t, what string) string {
	if what == "" || strings.HasPrefix(what, "[") {
		return t + what
	}
	return t + " " + what
}

// keyword returns the word that C has before names of such types.
func (b *builder) keyword(e *entry) string {
	if b.language != langC {
		return ""
	}
	switch e.tag() {
	case dwarf.TagStructType:
		return "struct "
	case dwarf.TagUnionType:
		return "union "
	case dwarf.TagEnumerationType:
		return "enum "
	}
	return ""
}

// pointing declares a pointer to something, which binds less than arrays and
// functions do.
func (b *builder) pointing(mark string, to *entry, what string) string {
	if tag := to.tag(); (tag == dwarf.TagArrayType || tag == dwarf.TagSubroutineType) && to.name() == "" {
		return "(" + mark + what + ")"
	}
	return mark + what
}

// qualifier puts a qualifier before a type, or behind the star of a pointer.
func (b *builder) qualifier(word string, to *entry, what string, next func(string) string) string {
	if to.tag() == dwarf.TagPointerType && to.name() == "" {
		return next(spaced(word, what))
	}
	return word + " " + next(what)
}

// dimensions returns the lengths of an array.
func dimensions(e *entry) string {
	s := ""
	for c := range e.children() {
		if tag := c.tag(); tag != dwarf.TagSubrangeType && tag != tagGenericSubrange {
			continue
		}
		if len(s) > maxDeclaration {
			break
		}
		s += "["
		if n := elements(c); n != nil {
			s += strconv.FormatInt(n.N, 10)
		}
		s += "]"
	}
	if s == "" {
		return "[]"
	}
	return s
}

// arguments returns the types of a function's parameters.
func (b *builder) arguments(e *entry, depth int) string {
	var all []string
	size := 0
	for c := range e.children() {
		switch c.tag() {
		case dwarf.TagFormalParameter:
			t, ok := c.ref(dwarf.AttrType)
			if !ok {
				continue
			}
			s := b.declare(&t, "", depth+1)
			if size += len(s); size > maxDeclaration {
				return strings.Join(append(all, "..."), ", ")
			}
			all = append(all, s)
		case dwarf.TagUnspecifiedParameters:
			all = append(all, "...")
		}
	}
	if len(all) == 0 && e.flag(dwarf.AttrPrototyped) {
		return "void"
	}
	return strings.Join(all, ", ")
}
