package main

import (
	"debug/dwarf"
	"fmt"

	"sonde/prototype"
)

// view compares one machine's types.
type view struct{ model *prototype.Model }

// prototype returns how a shipped prototype differs from what a compiler has
// seen, or "".
func (v view) prototype(d *declared, p *prototype.Prototype) string {
	fixed := len(p.Params)
	variadic := p.Variadic || p.Fixed < fixed
	if variadic {
		fixed = p.Fixed
	}
	switch {
	case fixed != len(d.params):
		return fmt.Sprintf("%d parameters, not %d", fixed, len(d.params))
	case variadic != d.variadic:
		return fmt.Sprintf("variadic is %v", d.variadic)
	case d.noReturn && !p.NoReturn:
		return "does not return"
	}
	if s := v.value(d.result, p.Result); s != "" {
		return "the result " + s
	}
	for i, t := range d.params {
		if s := v.value(t, p.Params[i].Type); s != "" {
			return fmt.Sprintf("parameter %d %s", i+1, s)
		}
	}
	return ""
}

// value compares the types of an argument or result.
func (v view) value(d dwarf.Type, t *prototype.Type) string {
	if t.Kind == prototype.Choice {
		return v.choice(d, t)
	}
	for _, name := range typedefs(d) {
		if name == "__SOCKADDR_ARG" || name == "__CONST_SOCKADDR_ARG" {
			return v.kind("an address", t, prototype.Pointer)
		}
	}
	switch d := strip(d).(type) {
	case nil, *dwarf.VoidType:
		return v.kind("void", t, prototype.Void)
	case *dwarf.PtrType:
		return v.pointer(d, t)
	case *dwarf.StructType:
		return v.record(d, t)
	case *dwarf.FloatType:
		if t.Kind != prototype.Float || t.SizeOf(v.model) != int(d.ByteSize) || (t.Size == prototype.LongDouble) != (d.Name == "long double" || d.Name == "_Float64x") {
			return fmt.Sprintf("is a %s, not %s", d.Name, t)
		}
		return ""
	case *dwarf.ComplexType:
		if t.Kind != prototype.Complex || t.SizeOf(v.model) != int(d.ByteSize) {
			return fmt.Sprintf("is a %s, not %s", d.Name, t)
		}
		return ""
	case *dwarf.EnumType:
		return v.integer(d, false, false, t)
	case *dwarf.BoolType:
		return v.integer(d, true, false, t)
	case *dwarf.CharType, *dwarf.UcharType:
		return v.integer(d, false, false, t)
	case *dwarf.IntType:
		return v.integer(d, false, true, t)
	case *dwarf.UintType:
		return v.integer(d, true, true, t)
	}
	return fmt.Sprintf("is a %s, which is not compared", d)
}

func (v view) kind(what string, t *prototype.Type, kind prototype.Kind) string {
	if t.Kind != kind {
		return fmt.Sprintf("is %s, not %s", what, t)
	}
	return ""
}

// integer compares integers. Their sign matters where a plain number is shown.
func (v view) integer(d dwarf.Type, unsigned, sign bool, t *prototype.Type) string {
	if t.Kind != prototype.Int || t.SizeOf(v.model) != int(d.Size()) {
		return fmt.Sprintf("is %s of %d bytes, not %s of %d", d, d.Size(), t, t.SizeOf(v.model))
	}
	plain := t.Lens == prototype.Plain && t.Names == nil
	if sign && plain && t.Unsigned != unsigned {
		return fmt.Sprintf("is %s, not %s", d, t)
	}
	return ""
}

func (v view) pointer(d *dwarf.PtrType, t *prototype.Type) string {
	switch t.Kind {
	case prototype.VaList:
		return ""
	case prototype.Int: // a signal's handler by its name, a handle as a number
		if t.SizeOf(v.model) == v.model.Word && (t.Names != nil || t.Lens != prototype.Plain) {
			return ""
		}
	case prototype.Pointer:
		return v.pointee(strip(d.Type), t)
	}
	return fmt.Sprintf("is a pointer, not %s", t)
}

// pointee compares what pointers lead to. Those to bytes, to void and to
// nothing known fit all.
func (v view) pointee(d dwarf.Type, t *prototype.Type) string {
	elem := t.Elem
	if elem == nil || d == nil || t.Lens == prototype.Symbol {
		return ""
	}
	for elem.Kind == prototype.Array {
		if elem = elem.Elem; elem.SizeOf(v.model) == 1 {
			return "" // the bytes of whatever it is: bit sets
		}
	}
	if dependsOnValue(elem, 0) || elem.Lens == prototype.Bare { // which has no more than leads to what is shown
		return ""
	}
	switch d := d.(type) {
	case *dwarf.VoidType, *dwarf.FuncType:
		return ""
	case *dwarf.StructType:
		if d.Incomplete || d.StructName == "__va_list_tag" {
			return ""
		}
		if elem.Kind == prototype.Struct && !elem.Complete {
			return ""
		}
		if elem.Kind == prototype.Choice && elem.On.Op == prototype.Sizeof {
			elem = onMachine(elem, v.model)
		}
	case *dwarf.ArrayType:
		return v.pointee(strip(d.Type), t)
	}
	if d.Size() == 1 || elem.Kind == prototype.Void || elem.Kind == prototype.Choice {
		return ""
	}
	if d, ok := d.(*dwarf.StructType); ok && len(elem.Fields) == len(d.Field) && !laidOut(d, elem, v.model) {
		return fmt.Sprintf("points to %s, whose fields lie elsewhere than those of %s", d, elem.Definition())
	}
	if size := elem.SizeOf(v.model); size != int(d.Size()) {
		return fmt.Sprintf("points to %s of %d bytes, not to %s of %d", d, d.Size(), elem, size)
	}
	return ""
}

// dependsOnValue tells of structs that are written as what is in them at the
// time, such as socket addresses by their family: they have no size.
func dependsOnValue(t *prototype.Type, depth int) bool {
	if depth > 16 {
		return false
	}
	switch t.Kind {
	case prototype.Choice:
		return t.On.Op != prototype.Sizeof
	case prototype.Struct, prototype.Union:
		for i := range t.Fields {
			if dependsOnValue(t.Fields[i].Type, depth+1) {
				return true
			}
		}
	}
	return false
}

func (v view) record(d *dwarf.StructType, t *prototype.Type) string {
	if d.Kind == "union" && t.Kind == prototype.Int && t.SizeOf(v.model) == v.model.Word && d.ByteSize == int64(v.model.Word) {
		return "" // passed as the word that it is: sigval
	}
	if t.Kind != prototype.Struct && t.Kind != prototype.Union || t.SizeOf(v.model) != int(d.ByteSize) {
		return fmt.Sprintf("is %s of %d bytes, not %s of %d", d, d.ByteSize, t, t.SizeOf(v.model))
	}
	return ""
}

// choice holds that all that a parameter may be takes one word, as what is
// declared does.
func (v view) choice(d dwarf.Type, t *prototype.Type) string {
	alternatives := make([]*prototype.Type, 0, len(t.Cases)+1)
	for i := range t.Cases {
		alternatives = append(alternatives, t.Cases[i].Type)
	}
	if t.Else != nil {
		alternatives = append(alternatives, t.Else)
	}
	for _, a := range alternatives {
		if a.Kind == prototype.Choice {
			if s := v.choice(d, a); s != "" {
				return s
			}
			continue
		}
		_, isStruct := strip(d).(*dwarf.StructType) // fcntl's and semctl's unions
		if a.Kind != prototype.Int && a.Kind != prototype.Pointer || a.SizeOf(v.model) > int(d.Size()) && !isStruct {
			return fmt.Sprintf("is %s, which cannot be %s", d, a)
		}
	}
	return ""
}
