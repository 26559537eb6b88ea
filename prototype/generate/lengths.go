package main

import (
	"debug/dwarf"
	"fmt"
	"regexp"
)

// lengthName are names that headers give to the length of what the parameter
// before points to.
var lengthName = regexp.MustCompile(`^(n|cnt|num|inl|count|nbytes?|[a-zA-Z_]*_?(len|length|size|Len|Length|Size|bytes))$`)

// otherLength are names of lengths of something else.
var otherLength = regexp.MustCompile(`^(max|stream)`)

// isItems tells whether a parameter is the number of items, and the one before it
// the size of one, as fwrite's, or the other way round, as bsearch's.
func isItems(name string) bool {
	switch name {
	case "n", "nmemb", "nitems", "nelem", "size":
		return true
	}
	return false
}

// sized writes a parameter that is text or bytes whose length is the next
// parameter. A negative length of text means in all of the libraries that it
// ends with a NUL.
func (w *writer) sized(p pair, next dwarf.Type, nextName string) string {
	e, ok := p.pointee()
	if !ok || !isConst(e.wide) || !lengthName.MatchString(nextName) || otherLength.MatchString(nextName) {
		return ""
	}
	unsigned := false
	switch strip(next).(type) {
	case *dwarf.UintType:
		unsigned = true
	case *dwarf.IntType:
	default:
		return ""
	}
	switch t := strip(e.wide).(type) {
	case nil, *dwarf.VoidType:
		return "buffer[" + nextName + "]"
	case *dwarf.UcharType:
		if w.textType(e.wide) == "" {
			return "buffer[" + nextName + "]"
		}
	case *dwarf.CharType:
		if t.Name != "char" {
			return ""
		}
	default:
		if w.textType(e.wide) == "" {
			return ""
		}
	}
	text := w.textType(e.wide)
	if unsigned {
		return fmt.Sprintf("%s[%s]", text, nextName)
	}
	return fmt.Sprintf("%s[max(%s, (%s < 0) * 0x7fffffff)]", text, nextName, nextName)
}
