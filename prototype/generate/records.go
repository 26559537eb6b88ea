package main

import (
	"debug/dwarf"
	"fmt"
	"math/bits"
	"strings"
)

// record writes a struct or union.
func (w *writer) record(t *dwarf.StructType, narrow dwarf.Type) string {
	if t.Incomplete {
		return "struct"
	}
	n, _ := strip(narrow).(*dwarf.StructType)
	switch {
	case n == nil:
		return w.fields(t, func(i int) pair { return pair{wide: t.Field[i].Type} })
	case alike(t, n):
		return w.fields(t, func(i int) pair { return pair{t.Field[i].Type, n.Field[i].Type} })
	}
	wide := w.fields(t, func(i int) pair {
		if f := partner(t.Field[i], n); f != nil {
			return pair{t.Field[i].Type, f.Type}
		}
		return wideOnly(t.Field[i].Type)
	})
	other := w.fields(n, func(i int) pair {
		if f := partner(n.Field[i], t); f != nil {
			return pair{f.Type, n.Field[i].Type}
		}
		return narrowOnly(n.Field[i].Type)
	})
	return fmt.Sprintf("choose(sizeof(long); 8: %s; else: %s)", wide, other)
}

// partner finds the field of the other machine's struct that is the same.
func partner(f *dwarf.StructField, other *dwarf.StructType) *dwarf.StructField {
	for _, o := range other.Field {
		if f.Name != "" && f.Name == o.Name && fmt.Sprintf("%T", strip(f.Type)) == fmt.Sprintf("%T", strip(o.Type)) {
			return o
		}
	}
	return nil
}

// wideOnly is a type that only the 64-bit machine's struct has: a number goes
// without its name, which may be another size to the other machine.
func wideOnly(t dwarf.Type) pair {
	if s := strip(t); isNumber(s) {
		return pair{s, s}
	}
	return pair{wide: t}
}

// narrowOnly is a type that only the 32-bit machine's struct has.
func narrowOnly(t dwarf.Type) pair {
	if s := strip(t); isNumber(s) {
		return pair{s, s}
	}
	return pair{t, t}
}

func isNumber(t dwarf.Type) bool {
	switch t.(type) {
	case *dwarf.IntType, *dwarf.UintType, *dwarf.CharType, *dwarf.UcharType:
		return true
	}
	return false
}

// fields writes a struct whose i-th field is of the type that fieldType returns.
func (w *writer) fields(t *dwarf.StructType, fieldType func(i int) pair) string {
	var b strings.Builder
	b.WriteString(t.Kind + "(")
	for i, f := range t.Field {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(w.value(fieldType(i), inStruct))
		if name := plainName(f.Name); name != "" {
			b.WriteString(" " + name)
		}
		if f.BitSize > 0 {
			fmt.Fprintf(&b, " :%d", f.BitSize)
		}
	}
	b.WriteString(")")
	return b.String()
}

// enum writes an enumeration, or the set of flags that its values look like.
func enum(t *dwarf.EnumType) string {
	if len(t.Val) == 0 {
		return "int"
	}
	word := "enum"
	if looksLikeFlags(t.Val) {
		word = "flags"
	}
	switch {
	case t.ByteSize == 8:
		word += "[llong]"
	case t.ByteSize == 4 && !negative(t.Val):
		word += "[uint]"
	}
	var b strings.Builder
	b.WriteString(word + "(")
	for i, v := range t.Val {
		if i > 0 {
			b.WriteString(", ")
		}
		if word[0] == 'f' && v.Val > 9 {
			fmt.Fprintf(&b, "%s=%#x", v.Name, v.Val)
		} else {
			fmt.Fprintf(&b, "%s=%d", v.Name, v.Val)
		}
	}
	b.WriteString(")")
	return b.String()
}

func negative(values []*dwarf.EnumValue) bool {
	for _, v := range values {
		if v.Val < 0 {
			return true
		}
	}
	return false
}

// looksLikeFlags: at least three of the values are one bit each, the others are
// combinations of them and fewer, and it is not a plain count from 0 or 1.
func looksLikeFlags(values []*dwarf.EnumValue) bool {
	single, others := uint64(0), 0
	var highest int64
	distinct := map[int64]bool{}
	for _, v := range values {
		if v.Val < 0 || v.Val >= 1<<32 {
			return false
		}
		highest = max(highest, v.Val)
		distinct[v.Val] = true
		if bits.OnesCount64(uint64(v.Val)) == 1 {
			single |= uint64(v.Val)
		}
	}
	for v := range distinct {
		if v != 0 && bits.OnesCount64(uint64(v)) > 1 {
			if uint64(v)&^single != 0 {
				return false
			}
			others++
		}
	}
	n := bits.OnesCount64(single)
	return n >= 3 && others < n && int64(len(distinct)) <= highest-1
}

// alike tells whether both machines have the same fields.
func alike(t, n *dwarf.StructType) bool {
	if len(t.Field) != len(n.Field) || n.Incomplete {
		return false
	}
	for i := range t.Field {
		if t.Field[i].Name != n.Field[i].Name || t.Field[i].BitSize != n.Field[i].BitSize {
			return false
		}
	}
	return true
}
