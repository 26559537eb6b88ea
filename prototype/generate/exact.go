package main

import (
	"debug/dwarf"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sonde/prototype"
)

// misread returns the structs and unions of a file that the language lays out
// otherwise than gcc does on one of the machines.
func (w *writer) misread(f *file, text []byte) ([]string, error) {
	read, errs := prototype.Parse(f.conf, string(text))
	for _, err := range errs {
		return nil, fmt.Errorf("read what was written: %w", err)
	}
	var odd []string
	for _, name := range slices.Sorted(maps.Keys(w.shapes)) {
		p := w.shapes[name]
		wide, ok := p.wide.(*dwarf.StructType)
		if !ok || wide.Incomplete {
			continue
		}
		t := read.Type(name)
		if t == nil {
			return nil, fmt.Errorf("read what was written: no type %s", name)
		}
		narrow, known := p.narrow.(*dwarf.StructType)
		ok = narrow == wide || laidOut(wide, t, prototype.LP64)
		if known && !narrow.Incomplete {
			ok = ok && laidOut(narrow, t, prototype.ILP32)
		}
		if !ok {
			odd = append(odd, name)
		}
	}
	return odd, nil
}

// laidOut tells whether a type has the size that gcc gives it, and its fields
// where gcc has them.
func laidOut(d *dwarf.StructType, t *prototype.Type, m *prototype.Model) bool {
	if t.Kind == prototype.Choice {
		t = onMachine(t, m)
	}
	if t.SizeOf(m) != int(d.ByteSize) || len(t.Fields) != len(d.Field) {
		return false
	}
	layout := t.Layout(m)
	for i, f := range d.Field {
		slot := layout.Fields[i]
		if int64(slot.Offset*8+slot.BitOffset) != bitOffset(f) {
			return false
		}
	}
	return true
}

// onMachine is the alternative of choose(sizeof(long); ...) on a machine.
func onMachine(t *prototype.Type, m *prototype.Model) *prototype.Type {
	for i := range t.Cases {
		if slices.Contains(t.Cases[i].Values, int64(m.Word)) {
			return t.Cases[i].Type
		}
	}
	return t.Else
}

// bitOffset is where a field begins in its struct, in bits.
func bitOffset(f *dwarf.StructField) int64 {
	if f.BitSize > 0 {
		return f.DataBitOffset
	}
	return f.ByteOffset * 8
}

// exactRecord writes a struct or union with all offsets.
func (w *writer) exactRecord(t *dwarf.StructType, narrow dwarf.Type) string {
	n, _ := strip(narrow).(*dwarf.StructType)
	wide := w.exactFields(t, func(f *dwarf.StructField) pair {
		if n == nil {
			return pair{wide: f.Type}
		}
		if o := partner(f, n); o != nil {
			return pair{f.Type, o.Type}
		}
		return wideOnly(f.Type)
	})
	if n == nil {
		return wide
	}
	other := w.exactFields(n, func(f *dwarf.StructField) pair {
		if o := partner(f, t); o != nil {
			return pair{o.Type, f.Type}
		}
		return narrowOnly(f.Type)
	})
	if wide == other {
		return wide
	}
	return fmt.Sprintf("choose(sizeof(long); 8: %s; else: %s)", wide, other)
}

func (w *writer) exactFields(t *dwarf.StructType, fieldType func(*dwarf.StructField) pair) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s[%d](", t.Kind, t.ByteSize)
	for i, f := range t.Field {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(w.value(fieldType(f), inStruct))
		if name := plainName(f.Name); name != "" {
			b.WriteString(" " + name)
		}
		if f.BitSize > 0 {
			unit := max(f.Type.Size(), 1) * 8
			fmt.Fprintf(&b, " @%d :%d +%d", f.DataBitOffset/unit*(unit/8), f.BitSize, f.DataBitOffset%unit)
		} else {
			fmt.Fprintf(&b, " @%d", f.ByteOffset)
		}
	}
	b.WriteString(")")
	return b.String()
}
