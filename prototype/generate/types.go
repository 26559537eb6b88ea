package main

import (
	"debug/dwarf"
	"slices"
	"strings"
)

// pair is a type as 64-bit and as 32-bit code sees it. The second one may be
// unknown: nil.
type pair struct{ wide, narrow dwarf.Type }

// position is where a type stands, which decides what a pointer is followed to.
type position int

const (
	inCall   position = iota // a parameter or result
	inStruct                 // a field or an element of an array
)

// strip removes typedefs and qualifiers.
func strip(t dwarf.Type) dwarf.Type {
	for {
		switch u := t.(type) {
		case *dwarf.QualType:
			t = u.Type
		case *dwarf.TypedefType:
			t = u.Type
		default:
			return t
		}
	}
}

// isConst tells whether a type is const, typedefs looked through.
func isConst(t dwarf.Type) bool {
	for {
		switch u := t.(type) {
		case *dwarf.QualType:
			if u.Qual == "const" {
				return true
			}
			t = u.Type
		case *dwarf.TypedefType:
			t = u.Type
		default:
			return false
		}
	}
}

// typedefs returns the names of the typedefs around a type, the outermost first.
func typedefs(t dwarf.Type) []string {
	var names []string
	for {
		switch u := t.(type) {
		case *dwarf.QualType:
			t = u.Type
		case *dwarf.TypedefType:
			names = append(names, u.Name)
			t = u.Type
		default:
			return names
		}
	}
}

// pointee returns what both pointers point to.
func (p pair) pointee() (pair, bool) {
	w, ok := strip(p.wide).(*dwarf.PtrType)
	if !ok {
		return pair{}, false
	}
	e := pair{wide: w.Type}
	if n, ok := strip(p.narrow).(*dwarf.PtrType); ok {
		e.narrow = n.Type
	}
	return e, true
}

// texts are the words for strings of characters.
var texts = map[string]string{"char": "string", "wchar": "wstring", "char16": "string16", "char32": "string32"}

// textType is the kind of string that an array of such elements is, or "".
func (w *writer) textType(elem dwarf.Type) string {
	for _, name := range typedefs(elem) {
		if text := texts[w.knownName(name)]; text != "" {
			return text
		}
	}
	if isChar(strip(elem)) {
		return "string"
	}
	return ""
}

func isChar(t dwarf.Type) bool {
	switch t := t.(type) {
	case *dwarf.CharType:
		return t.Name == "char"
	case *dwarf.UcharType:
		return t.Name == "char"
	}
	return false
}

// value writes a type. Pointers follow the rule for what headers tell: what is
// const is an input and is shown, of all else the address alone, since nobody
// says whether it is read or written.
func (w *writer) value(p pair, at position) string {
	if e, ok := p.pointee(); ok {
		return w.pointerName(p, e, at)
	}
	if name := w.typeName(p); name != "" {
		return name
	}
	return w.shape(p, at)
}

// pointerName keeps the names of typedefs for pointers to structs: locale_t.
func (w *writer) pointerName(p, e pair, at position) string {
	text := w.pointer(e, at)
	for _, name := range typedefs(p.wide) {
		if known := w.knownName(name); known != "" {
			return known
		}
		_, isStruct := strip(e.wide).(*dwarf.StructType)
		if isStruct && at == inCall && text != "FILE*" && !strings.HasPrefix(name, "_") {
			return w.defineAs(name, p, text)
		}
	}
	return text
}

func (w *writer) pointer(e pair, at position) string {
	switch t := strip(e.wide).(type) {
	case nil, *dwarf.VoidType:
		return "addr"
	case *dwarf.FuncType:
		return "fn"
	case *dwarf.PtrType:
		return w.pointerTo(pair{wide: t.Type}, at)
	case *dwarf.StructType:
		if s, ok := w.shown(e.wide); ok && at == inCall {
			return s.name + "*"
		}
		if t.StructName == "__va_list_tag" {
			return "va_list"
		}
		name := w.value(e, at)
		if name == "" {
			return "addr"
		}
		if name == "FILE" || t.Incomplete || isConst(e.wide) && at == inCall {
			return name + "*"
		}
		return "address(" + name + "*)"
	}
	if text := w.textType(e.wide); text != "" && (isConst(e.wide) || at == inStruct) {
		return text
	}
	name := w.value(e, at)
	// One byte that is no character begins a buffer of unknown length.
	if isConst(e.wide) && at == inCall && e.wide.Size() > 1 {
		return name + "*"
	}
	return "address(" + name + "*)"
}

// pointerTo writes a pointer to a pointer: its address, unless it is known what
// functions do with it.
func (w *writer) pointerTo(e pair, at position) string {
	for _, name := range typedefs(e.wide) {
		if at == inCall && slices.Contains(w.s.library.left, name) {
			return "out(" + w.value(e, at) + "**)"
		}
	}
	return "addr"
}

// shown returns what the library's row of the table has of a struct that is shown
// wherever a pointer leads to it.
func (w *writer) shown(t dwarf.Type) (s shape, ok bool) {
	for _, name := range typedefs(t) {
		if s, ok = w.s.library.shown[name]; ok {
			for _, each := range w.s.library.shown { // one may mention another
				w.types[each.name] = each.text
			}
			return s, true
		}
	}
	return shape{}, false
}

// shape writes a type without a name.
func (w *writer) shape(p pair, at position) string {
	switch t := strip(p.wide).(type) {
	case nil, *dwarf.VoidType:
		return "void"
	case *dwarf.StructType:
		return w.record(t, p.narrow)
	case *dwarf.ArrayType:
		return w.array(t, p.narrow)
	case *dwarf.EnumType:
		return enum(t)
	case *dwarf.PtrType:
		return w.value(p, at)
	case *dwarf.ComplexType:
		return "complex(" + float(t.ByteSize/2, t.Name) + ")"
	case *dwarf.FloatType:
		return float(t.ByteSize, t.Name)
	case *dwarf.FuncType:
		return "fn"
	}
	return integer(p)
}
