package abi

import "sonde/prototype"

// rust is a System V convention with the pairs of rustc's.
func rust(c *Convention) *Convention {
	r := *c
	r.Name = "rust"
	r.arg = func(cur *Cursor, t *prototype.Type, parts []Part) Location {
		pair, ok := scalarPair(t, c.Model)
		if !ok {
			return c.arg(cur, t, parts)
		}
		for _, s := range pair {
			n := len(parts)
			parts = c.arg(cur, s.t, parts).Parts
			for i := range parts[n:] {
				parts[n+i].At += s.at
			}
		}
		return Location{Parts: parts}
	}
	r.result = func(_ *Convention, t *prototype.Type) (Location, bool) {
		if pair, ok := scalarPair(t, c.Model); ok {
			if l, ok := c.pairResult(pair[:]); ok {
				return l, false
			}
		}
		return c.result(c, t)
	}
	return &r
}

// scalar is a number or pointer in a value, at an offset in bytes.
type scalar struct {
	t  *prototype.Type
	at int
}

// scalarPair returns the two scalars that a struct consists of.
func scalarPair(t *prototype.Type, m *prototype.Model) (pair [2]scalar, ok bool) {
	if t.Kind != prototype.Struct || t.Indirect {
		return pair, false
	}
	w := pairWalk{fields: maxFields, model: m}
	if !w.add(t, 0) || w.n != 2 {
		return pair, false
	}
	if w.pair[0].at > w.pair[1].at { // rustc orders fields as it likes
		w.pair[0], w.pair[1] = w.pair[1], w.pair[0]
	}
	return w.pair, true
}

type pairWalk struct {
	model  *prototype.Model
	fields int
	pair   [2]scalar
	n      int
}

func (w *pairWalk) add(t *prototype.Type, at int) bool {
	if w.fields--; w.fields < 0 {
		return false
	}
	switch {
	case t.SizeOf(w.model) == 0:
		return true
	case t.Kind == prototype.Int, t.Kind == prototype.Pointer, t.Kind == prototype.Float:
		if w.n == len(w.pair) {
			return false
		}
		w.pair[w.n] = scalar{t, at}
		w.n++
		return true
	case t.Kind != prototype.Struct:
		return false
	}
	l := t.Layout(w.model)
	for i := range t.Fields {
		if !w.add(t.Fields[i].Type, at+l.Fields[i].Offset) {
			return false
		}
	}
	return true
}

// pairResult places scalars in a register each, if they fit.
func (c *Convention) pairResult(pair []scalar) (l Location, ok bool) {
	ints, vectors := 0, 0
	for _, s := range pair {
		p := Part{At: s.at, Size: s.t.SizeOf(c.Model)}
		switch {
		case s.t.Kind != prototype.Float && p.Size <= c.Model.Word:
			p.Where, p.Reg = Integer, c.Results[ints]
			ints++
		case s.t.Kind == prototype.Float && p.Size <= 8 && c.Model == prototype.LP64:
			p.Where, p.Index = Vector, uint8(vectors)
			vectors++
		default:
			return Location{}, false
		}
		l.Parts = append(l.Parts, p)
	}
	return l, true
}
