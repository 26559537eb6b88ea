package main

import (
	"debug/dwarf"
	"fmt"
	"strings"
)

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
