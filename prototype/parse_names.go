package prototype

import (
	"maps"
	"strconv"
)

// scope is a struct, or the function itself, while it is read: what has been named
// in it that may yet turn out to be one of its fields or parameters.
type scope struct {
	names []reference
}

// reference is a name in an expression of which it is not known yet what it is.
type reference struct {
	e    *Expr
	name string
	pos  int
	up   int // how many structs further out it is than the one that ends next
}

// endStruct finds the fields among the names that were left open in a struct, and
// leaves the others to what is around it.
func (p *parser) endStruct(t *Type) {
	n := len(p.scopes) - 1
	names := p.scopes[n].names
	p.scopes = p.scopes[:n]
	around := &p.scopes[n-1]
	field := make(map[string]int64, len(t.Fields))
	if len(names) > 0 {
		for i := len(t.Fields) - 1; i >= 0; i-- {
			field[t.Fields[i].Name] = int64(i) + 1
		}
	}
	for _, r := range names {
		switch n := field[r.name]; {
		case r.up > 0 && len(p.scopes) == 1:
			p.fail(r.pos, "there is no struct around this one")
		case r.up > 0: // its Op says so from now on
			r.e.Op, r.e.Up = Outer, r.e.Up+1
			r.up--
			around.names = append(around.names, r)
		case n == 0 && r.e.Op == Outer:
			p.fail(r.pos, "the struct around has no field %s", strconv.Quote(r.name))
		case n == 0:
			around.names = append(around.names, r)
		case r.e.Op == Outer:
			r.e.N = n
		default:
			r.e.Op, r.e.N = Elt, n
		}
	}
}

// endFunction finds the parameters among the names that were left open.
func (p *parser) endFunction(proto *Prototype) {
	if p.failed {
		return
	}
	param := make(map[string]int64, len(proto.Params))
	for i := len(proto.Params) - 1; i >= 0; i-- {
		if name := proto.Params[i].Name; name != "" {
			param[name] = int64(i) + 1
		}
	}
	p.resolve(p.scopes[0].names, param)
	p.fold()
	p.nested(proto.Result, p.end)
	for i := range proto.Params {
		p.nested(proto.Params[i].Type, p.end)
	}
}

// endTypedef finds the constants among the names that were left open.
func (p *parser) endTypedef(t *Type, at int) {
	if p.failed {
		return
	}
	p.resolve(p.scopes[0].names, nil)
	p.fold()
	p.nested(t, at)
}

// resolve says of names what they are: parameters, or constants.
func (p *parser) resolve(names []reference, param map[string]int64) {
	for _, r := range names {
		if p.failed {
			return
		}
		if n := param[r.name]; n > 0 {
			r.e.N = n
			continue
		}
		value, ok := p.value64(r.name)
		if !ok {
			p.fail(r.pos, "%s is no parameter, field or constant that is known%s", strconv.Quote(r.name), p.near(r.name, maps.Keys(param)))
		}
		r.e.Op, r.e.N = Const, value
	}
}

// value64 is the value of a constant of the file or of those known in it.
func (p *parser) value64(name string) (value int64, ok bool) {
	p.f.each(func(in *File) bool {
		value, ok = in.constant(name, p.chain)
		return !ok
	})
	return value, ok
}

// fold computes what can be computed already.
func (p *parser) fold() {
	for _, e := range p.lengths {
		if fold(e); !pointsOut(e) {
			p.fail(p.end, "'*' takes the name of a parameter or argN, before(...) that of a field or eltN")
		}
	}
}

func fold(e *Expr) {
	for _, operand := range []*Expr{e.X, e.Y} {
		if operand != nil {
			fold(operand)
		}
	}
	if e.Op < Neg || e.X.Op != Const || e.Y != nil && e.Y.Op != Const {
		return
	}
	if n, ok := e.Eval(nil); ok {
		*e = Expr{Op: Const, N: n}
	}
}

// pointsOut tells whether all that is dereferenced in e are arguments, and all that
// is added up are fields.
func pointsOut(e *Expr) bool {
	switch {
	case e == nil:
		return true
	case e.Op == Deref:
		return e.X.Op == Arg
	case e.Op == Before:
		return e.X.Op == Elt
	}
	return pointsOut(e.X) && pointsOut(e.Y)
}

// maxParts bounds what a type consists of, without what its pointers lead to.
const maxParts = 100_000

// nested bounds how deep a type's parts lie in each other, and how many they are:
// each name may stand for a struct of many others.
func (p *parser) nested(t *Type, at int) {
	type measure struct{ parts, depth int }
	known := make(map[*Type]measure)
	var visit func(t *Type) measure
	visit = func(t *Type) (m measure) {
		if t == nil || t.Kind != Array && t.Kind != Struct && t.Kind != Union && t.Kind != Choice {
			return measure{1, 1}
		}
		if m, ok := known[t]; ok {
			return m
		}
		inner := func(t *Type) {
			n := visit(t)
			m.parts, m.depth = min(m.parts+n.parts, maxParts+1), max(m.depth, n.depth)
		}
		switch t.Kind {
		case Array:
			inner(t.Elem)
		case Choice:
			for i := range t.Cases {
				inner(t.Cases[i].Type)
			}
			inner(t.Else)
		default:
			for i := range t.Fields {
				inner(t.Fields[i].Type)
			}
		}
		m.parts, m.depth = m.parts+1, m.depth+1
		known[t] = m
		return m
	}
	switch m := visit(t); {
	case p.failed:
	case m.depth > maxNesting/2:
		p.fail(at, "types nest deeper than %d levels", maxNesting/2)
	case m.parts > maxParts:
		p.fail(at, "a type of more than %d parts", maxParts)
	}
}
