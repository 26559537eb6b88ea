package dwarf

import (
	"debug/dwarf"
	"strings"

	"sonde/prototype"
)

// typedef makes the type that an entry gives a name to.
func (b *builder) typedef(e *entry) (t *prototype.Type, whole bool) {
	name := e.name()
	c := b.language == langC || b.language == langCXX
	if c {
		switch name {
		case "va_list", "__gnuc_va_list", "__builtin_va_list":
			return vaList, true
		}
	}
	if b.language == langGo {
		if t := b.goTypedef(e, name); t != nil {
			return t, true
		}
	}
	if b.language == langCXX {
		name = e.qualified()
	}
	to, _ := b.resolve(e)
	switch to.tag() {
	case dwarf.TagStructType, dwarf.TagClassType, dwarf.TagUnionType, dwarf.TagInterfaceType:
		return b.structure(&to, name)
	}
	t = b.typ(e)
	if t.Kind == prototype.Void {
		return t, true
	}
	// The type may be known by its own name elsewhere. What is shared ends
	// one level below, so that a copy is as good.
	switch t.Kind {
	case prototype.Struct, prototype.Union, prototype.VaList: // of an alias, or known
		return t, true
	}
	named := copyOf(t)
	named.Name = name
	if c {
		b.dress(named)
	}
	return named, true
}

// copyOf returns a copy of a type that is no struct: those are filled in later.
func copyOf(t *prototype.Type) *prototype.Type {
	return &prototype.Type{
		Name: t.Name, Kind: t.Kind, Lens: t.Lens, Unsigned: t.Unsigned, Size: t.Size, Align: t.Align,
		Elem: t.Elem, Into: t.Into, Len: t.Len, Zero: t.Zero, Names: t.Names, Unit: t.Unit,
	}
}

// dress sets how values of types that the C library or everybody calls so are
// shown.
func (b *builder) dress(t *prototype.Type) {
	if t.Kind != prototype.Int || t.Names != nil {
		return
	}
	switch strings.TrimPrefix(t.Name, "std::") {
	case "wchar_t", "char16_t", "char32_t", "char8_t":
		t.Lens = prototype.Char
	case "time_t", "time64_t":
		if t.Size >= 4 {
			t.Lens = prototype.Time
		}
	case "mode_t":
		t.Lens = prototype.Oct
	case "errno_t", "error_t":
		t.Lens = prototype.Errno
	case "gboolean", "BOOL", "Bool":
		t.Lens = prototype.Boolean
	}
}
