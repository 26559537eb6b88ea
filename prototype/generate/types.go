package main

import (
	"debug/dwarf"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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

var commonType = regexp.MustCompile(`(?m)^\s*typedef\s+([A-Za-z_][A-Za-z_0-9]*)\s*=`)

// commonTypes are the names that types.conf and what it imports define.
func commonTypes(dir string) (map[string]bool, error) {
	names := map[string]bool{}
	for _, file := range []string{"types.conf", "constants.conf"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read common types: %w", err)
		}
		for _, m := range commonType.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
	}
	return names, nil
}

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
		return "addr"
	case *dwarf.StructType:
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

// builtin are typedefs that the language has words of its own for.
var builtin = map[string]string{
	"wchar_t": "wchar", "char16_t": "char16", "char32_t": "char32",
	"int8_t": "int8", "int16_t": "int16", "int32_t": "int32", "int64_t": "int64",
	"uint8_t": "uint8", "uint16_t": "uint16", "uint32_t": "uint32", "uint64_t": "uint64",
	"FILE": "FILE", "_IO_FILE": "FILE", "bool": "bool",
	"va_list": "va_list", "__gnuc_va_list": "va_list", "__builtin_va_list": "va_list",
}

// typeName is the name by which a file calls a type: that of types.conf, or of
// a typedef that the file defines. It is "" for what is written out.
func (w *writer) typeName(p pair) string {
	for _, name := range typedefs(p.wide) {
		if !w.sameOnBoth(name, p) {
			continue
		}
		if text := w.knownName(name); text != "" {
			return text
		}
		if public, ok := w.publicName(name, p.wide); ok {
			return w.define(public, p)
		}
	}
	tag := tagOf(strip(p.wide))
	if tag == "" {
		return ""
	}
	if text := w.knownName(tag); text != "" {
		return text
	}
	if t := w.s.wideNames.better[tag]; t != "" {
		if text := w.knownName(t); text != "" {
			return text
		}
		tag = t
	}
	if bare := strings.TrimLeft(tag, "_"); w.s.wideNames.tags[bare] == nil && w.s.wideNames.typedefs[bare] == nil {
		tag = bare
	}
	return w.define(tag, p)
}

// sameOnBoth tells whether the typedef of the name is what the 32-bit machine
// has there, too: stat64's st_size is an off_t on one of them alone.
func (w *writer) sameOnBoth(name string, p pair) bool {
	t := w.s.narrowNames.typedefs[name]
	return t == nil || p.narrow == nil || t.Size() == p.narrow.Size()
}

// knownName returns the language's own name, or that of types.conf, for a C
// library's.
func (w *writer) knownName(name string) string {
	if u, ok := strings.CutPrefix(name, "__u_"); ok {
		name = "u" + u
	}
	if as := w.s.library.as[name]; as != "" {
		for _, f := range w.s.library.files {
			w.defineConstants(f.constants, as)
		}
		return as
	}
	for _, n := range []string{name, strings.TrimPrefix(name, "__")} {
		if b := builtin[n]; b != "" {
			return b
		}
		if w.common[n] {
			return n
		}
	}
	return ""
}

// publicName returns the name without underscores of a typedef that has one of
// either kind: glibc's headers use __off_t where <sys/types.h> says off_t. A
// typedef that is not public is looked through.
func (w *writer) publicName(name string, t dwarf.Type) (string, bool) {
	if !strings.HasPrefix(name, "_") {
		return name, true
	}
	bare := strings.TrimLeft(name, "_")
	if public := w.s.wideNames.typedefs[bare]; public != nil {
		return bare, strip(public) == strip(t) || strip(public).String() == strip(t).String() && public.Size() == t.Size()
	}
	if s, ok := strip(t).(*dwarf.StructType); ok && s.StructName == "" {
		return bare, w.s.wideNames.tags[bare] == nil
	}
	return "", false
}

// define has the file define a type by the name.
func (w *writer) define(name string, p pair) string {
	return w.defineAs(name, p, "")
}

// defineAs is define for a type whose text is known; with "" it is found once
// the name is.
func (w *writer) defineAs(name string, p pair, text string) string {
	p = pair{strip(p.wide), strip(p.narrow)}
	for {
		old, ok := w.shapes[name]
		if !ok {
			break
		}
		if old.wide == p.wide || old.wide.String() == p.wide.String() {
			return name
		}
		name += "_" // a tag and a typedef may share a name in C
	}
	w.shapes[name] = p
	if r, ok := p.wide.(*dwarf.StructType); ok && text == "" && w.exact[name] {
		text = w.exactRecord(r, p.narrow)
	}
	if text == "" {
		text = w.shape(p, inStruct)
	}
	w.types[name] = text
	return name
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

func float(size int64, name string) string {
	switch size {
	case 4:
		return "float"
	case 8:
		return "double"
	}
	if strings.Contains(name, "128") && !strings.Contains(name, "64") {
		return "float128"
	}
	return "longdouble"
}

// integer writes an integer by its sizes: one that is as wide as a machine's
// word is a long.
func integer(p pair) string {
	t := strip(p.wide)
	name, unsigned := "", false
	switch t := t.(type) {
	case *dwarf.BoolType:
		return "bool"
	case *dwarf.CharType:
		if t.Name == "char" {
			return "char"
		}
		return "schar"
	case *dwarf.UcharType:
		if t.Name == "char" {
			return "char"
		}
		return "uchar"
	case *dwarf.UintType:
		name, unsigned = t.Name, true
	case *dwarf.IntType:
		name = t.Name
	default:
		return fmt.Sprintf("int%d", 8*t.Size())
	}
	narrow := t.Size()
	if n := strip(p.narrow); n != nil {
		narrow = n.Size()
	} else if t.Size() == 8 && !strings.Contains(name, "long long") {
		narrow = 4
	}
	words := map[[2]int64]string{
		{1, 1}: "int8", {2, 2}: "short", {4, 4}: "int", {8, 4}: "long", {8, 8}: "llong", {16, 16}: "int128", {4, 8}: "int",
	}
	word := words[[2]int64{t.Size(), narrow}]
	if unsigned {
		word = "u" + word
	}
	return word
}

func (w *writer) array(t *dwarf.ArrayType, narrow dwarf.Type) string {
	e := pair{wide: t.Type}
	count := max(t.Count, 0)
	text := ""
	if n, ok := strip(narrow).(*dwarf.ArrayType); ok {
		e.narrow = n.Type
		text = length(count, max(n.Count, 0))
	} else {
		text = fmt.Sprint(count)
	}
	array := fmt.Sprintf("array(%s, %s)", w.value(e, inStruct), text)
	if isChar(strip(t.Type)) && len(typedefs(t.Type)) == 0 {
		return "text(" + array + ")"
	}
	return array
}

// length writes a length that may differ between machines.
func length(wide, narrow int64) string {
	switch wide {
	case narrow:
		return fmt.Sprint(wide)
	case 2 * narrow:
		return fmt.Sprintf("%d*sizeof(long)", wide/8)
	}
	return fmt.Sprintf("%d%+d*(sizeof(long)/8)", narrow, wide-narrow)
}
