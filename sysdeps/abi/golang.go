package abi

import "sonde/prototype"

// goArg places an argument of a Go function: each number and pointer in it in a
// register, or if one of them finds none all of it on the stack
// (cmd/compile/abi-internal.md, "Function call argument and result passing").
func goArg(cur *Cursor, t *prototype.Type, parts []Part) Location {
	m := cur.conv.Model
	size, align := t.SizeOf(m), t.AlignOf(m)
	if size > 0 {
		before, given := *cur, parts
		w := goWalk{cur: cur, fields: maxFields}
		if w.assign(t, 0, &parts) {
			return Location{Parts: parts}
		}
		*cur, parts = before, given
	}
	parts = cur.onStack(parts, size, align, 1)
	if size == 0 {
		return Location{} // it aligns what follows it, no more
	}
	return Location{Parts: parts}
}

// goWalk assigns registers to the parts of one value.
type goWalk struct {
	cur    *Cursor
	fields int
}

// assign is the document's "register-assignment of a value".
func (w *goWalk) assign(t *prototype.Type, at int, parts *[]Part) bool {
	if w.fields--; w.fields < 0 {
		return false
	}
	m := w.cur.conv.Model
	size := t.SizeOf(m)
	switch t.Kind {
	case prototype.Int, prototype.Pointer, prototype.VaList:
		for off := 0; off < size; off += m.Word {
			if w.cur.ints == len(w.cur.conv.Args) {
				return false
			}
			*parts = w.cur.intPart(*parts, at+off, min(m.Word, size-off))
		}
		return true
	case prototype.Float:
		if size > 8 || w.cur.vectors == w.cur.conv.Vectors {
			return false
		}
		*parts = w.cur.vectorPart(*parts, at, size)
		return true
	case prototype.Complex:
		return w.assign(t.Elem, at, parts) && w.assign(t.Elem, at+size/2, parts)
	case prototype.Struct:
		l := t.Layout(m)
		for i := range t.Fields {
			if !w.assign(t.Fields[i].Type, at+l.Fields[i].Offset, parts) {
				return false
			}
		}
		return true
	case prototype.Array:
		switch elem := t.Elem.SizeOf(m); {
		case t.Len == nil || t.Len.Op != prototype.Const || t.Len.N > 1:
			return false
		case t.Len.N == 1 && elem > 0:
			return w.assign(t.Elem, at, parts)
		}
		return true
	}
	return false // unions and vectors are not Go's
}

// goResult places the result, or several: in registers as arguments are, the rest on
// the stack behind the arguments, where the cursor stands. Behind those the caller
// leaves room for the function to keep its register arguments in; it holds
// nothing at the function's entry.
func goResult(args Cursor, p *prototype.Prototype) Location {
	if p.Result == nil || p.Result.Kind == prototype.Void || args.lost {
		return Location{Unknown: args.lost}
	}
	m := args.conv.Model
	cur := Cursor{conv: args.conv, stack: args.stack}
	cur.onStack(nil, 0, m.Word, 1)
	if !p.Several || p.Result.Kind != prototype.Struct {
		return cur.place(p.Result, nil)
	}
	var all Location
	layout := p.Result.Layout(m)
	for i := range p.Result.Fields {
		l := goArg(&cur, p.Result.Fields[i].Type, nil)
		for _, part := range l.Parts {
			part.At += layout.Fields[i].Offset
			all.Parts = append(all.Parts, part)
		}
	}
	return all
}
