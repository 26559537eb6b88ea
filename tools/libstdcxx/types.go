package main

import (
	"debug/dwarf"
	"strings"
)

// line returns what the table says of a function; ok is false where it is not
// known how its result comes back.
func (in *information) line(fn *function) (line string, ok bool) {
	result := in.typeName(fn.result)
	memory, ok := in.inMemory(fn.result, 0)
	if !ok || result == "" {
		return "", false
	}
	letters := ""
	for _, l := range []struct {
		letter string
		is     bool
	}{{"i", memory}, {"m", fn.member}, {"n", fn.noReturn}, {"v", fn.vtt}} {
		if l.is {
			letters += l.letter
		}
	}
	return letters + "\t" + shorten.Replace(result), true
}

// shorten leaves out template arguments that are the defaults: they would make up
// half of the table.
var shorten = strings.NewReplacer(
	", std::char_traits<char>", "", ", std::allocator<char>", "",
	", std::char_traits<wchar_t>", "", ", std::allocator<wchar_t>", "",
	", std::__1::char_traits<char>", "", ", std::__1::allocator<char>", "",
	", std::__1::char_traits<wchar_t>", "", ", std::__1::allocator<wchar_t>", "",
)

// entryAt reads one entry.
func (in *information) entryAt(at dwarf.Offset) *dwarf.Entry {
	r := in.data.Reader()
	r.Seek(at)
	e, err := r.Next()
	if err != nil {
		return nil
	}
	return e
}

// typeName spells a type as C++ does, without typedefs; "" where that cannot be.
// Sizes are those of 64-bit programs, but for std::streamoff, which has the same
// in both.
func (in *information) typeName(at dwarf.Offset) string {
	if at == 0 {
		return "void"
	}
	e := in.entryAt(at)
	if e == nil {
		return ""
	}
	to, _ := e.Val(dwarf.AttrType).(dwarf.Offset)
	name, _ := e.Val(dwarf.AttrName).(string)
	switch e.Tag {
	case dwarf.TagBaseType, dwarf.TagUnspecifiedType:
		return name
	case dwarf.TagTypedef:
		if in.names[at] == "std::streamoff" {
			return "std::streamoff"
		}
		return in.typeName(to)
	case dwarf.TagConstType:
		return in.made(to, " const")
	case dwarf.TagVolatileType, dwarf.TagRestrictType:
		return in.typeName(to)
	case dwarf.TagPointerType:
		return in.made(to, "*")
	case dwarf.TagReferenceType:
		return in.made(to, "&")
	case dwarf.TagRvalueReferenceType:
		return in.made(to, "&&")
	case dwarf.TagSubroutineType:
		return "void ()"
	case dwarf.TagClassType, dwarf.TagStructType, dwarf.TagUnionType, dwarf.TagEnumerationType:
		if name == "" {
			return ""
		}
		return in.names[at]
	}
	return ""
}

// made spells what is made of a type.
func (in *information) made(of dwarf.Offset, how string) string {
	name := in.typeName(of)
	if strings.HasSuffix(name, "()") {
		return "void (*)()"
	}
	if name == "" {
		return ""
	}
	return name + how
}

// inMemory tells whether a result is a class that is returned in memory: larger
// than two registers, or not trivial for calls. ok is false where the class is
// not defined anywhere.
func (in *information) inMemory(at dwarf.Offset, depth int) (memory, ok bool) {
	e := in.strip(at)
	if e == nil || e.Tag != dwarf.TagClassType && e.Tag != dwarf.TagStructType && e.Tag != dwarf.TagUnionType {
		return false, true
	}
	c := in.classes[in.names[e.Offset]]
	if c == nil || depth > 16 {
		return false, false
	}
	const byReference, byValue = 4, 5 // DWARF 5, table 5.18
	switch {
	case c.size > 16 || c.convention == byReference:
		return true, true
	case c.convention == byValue:
		return false, true
	case c.notTrivial:
		return true, true
	}
	for _, part := range c.parts {
		if memory, ok := in.inMemory(part, depth+1); memory || !ok {
			return memory, ok
		}
	}
	return false, true
}

// strip returns the entry behind typedefs and qualifiers; nil for void.
func (in *information) strip(at dwarf.Offset) *dwarf.Entry {
	for at != 0 {
		e := in.entryAt(at)
		if e == nil {
			return nil
		}
		switch e.Tag {
		case dwarf.TagTypedef, dwarf.TagConstType, dwarf.TagVolatileType:
			at, _ = e.Val(dwarf.AttrType).(dwarf.Offset)
		default:
			return e
		}
	}
	return nil
}
