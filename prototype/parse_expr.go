package prototype

import (
	"maps"
	"strconv"
	"strings"
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

// precedences are those of C.
var precedences = map[string]struct {
	binds int
	op    Op
}{
	"|": {1, Or}, "^": {2, Xor}, "&": {3, And},
	"==": {4, Eq}, "!=": {4, Ne},
	"<": {5, Lt}, "<=": {5, Le}, ">": {5, Gt}, ">=": {5, Ge},
	"<<": {6, Shl}, ">>": {6, Shr},
	"+": {7, Add}, "-": {7, Sub},
	"*": {8, Mul}, "/": {8, Div}, "%": {8, Mod},
}

const bindsUnary = 9

// expression reads an expression, to be computed when its names are known.
func (p *parser) expression() *Expr {
	e := p.binary(1, true)
	p.lengths = append(p.lengths, e)
	return e
}

// length reads that of an array: an expression, zero or zero(EXPR).
func (p *parser) length() (e *Expr, zero bool) {
	if !p.tok.is("zero") {
		return p.expression(), false
	}
	p.advance()
	if p.accept("(") {
		e = p.expression()
		p.expect(")")
	}
	return e, true
}

// constant reads an expression of numbers and constants alone. A '/' ends it: it
// begins a mask.
func (p *parser) constant(what string) int64 {
	at := p.tok.pos
	if p.tok.kind == tokEnd || p.tok.kind == tokQuoted || p.tok.is(")") || p.tok.is(",") {
		p.expected(what)
		return 0
	}
	outside := p.scopes
	p.scopes = []scope{{}}
	e := p.binary(1, false)
	p.resolve(p.scopes[0].names, nil)
	p.scopes = outside
	if p.failed {
		return 0
	}
	if fold(e); e.Op != Const {
		p.fail(at, "expected a constant, found an expression that depends on the call")
	}
	return e.N
}

// maxTerms bounds an expression's operations, which are undone level by level.
const maxTerms = 1000

func (p *parser) binary(least int, divide bool) *Expr {
	p.enter()
	defer p.leave()
	x := p.unary()
	for terms := 0; !p.failed && p.tok.kind == tokSign; terms++ {
		op, ok := precedences[p.tok.text]
		if !ok || op.binds < least || op.op == Div && !divide {
			break
		}
		if terms == maxTerms {
			p.fail(p.tok.pos, "more than %d terms", maxTerms)
		}
		p.advance()
		x = &Expr{Op: op.op, X: x, Y: p.binary(op.binds+1, divide)}
	}
	return x
}

func (p *parser) unary() *Expr {
	p.enter()
	defer p.leave()
	op := Neg
	switch {
	case p.failed:
		return &Expr{}
	case p.tok.is("*"):
		return p.dereferenced()
	case p.tok.is("-"):
	case p.tok.is("!"):
		op = Not
	case p.tok.is("~"):
		op = Inv
	default:
		return p.primary()
	}
	p.advance()
	return &Expr{Op: op, X: p.unary()}
}

// dereferenced reads *PARAMETER.
func (p *parser) dereferenced() *Expr {
	p.advance()
	at := p.tok.pos
	x := p.primary()
	if x.Op != Arg && !p.failed {
		p.fail(at, "'*' takes the name of a parameter or argN")
	}
	return &Expr{Op: Deref, X: x}
}

func (p *parser) primary() *Expr {
	at := p.tok.pos
	switch {
	case p.tok.kind == tokNumber:
		n := int64(p.tok.num)
		p.advance()
		return &Expr{Op: Const, N: n}
	case p.accept("("):
		e := p.binary(1, true)
		p.expect(")")
		return e
	case p.tok.kind != tokWord:
		p.expected("an expression")
		return &Expr{}
	}
	word, called := p.tok.text, p.ahead() == '('
	switch {
	case called && (word == "min" || word == "max"):
		return p.extreme(word)
	case called && word == "sizeof":
		return p.sizeof()
	case called && word == "before":
		return p.before()
	case called && word == "netlink":
		return p.netlink()
	case word == "zero":
		p.fail(at, "'zero' is for the length of an array, by itself")
		return &Expr{}
	case word == "outer" && p.ahead() == '.':
		return p.outer()
	}
	p.advance()
	return p.operand(word, at, 0)
}

// maxOuter bounds how far out an expression refers.
const maxOuter = 8

// outer reads outer.FIELD, or outer.outer.FIELD and so on.
func (p *parser) outer() *Expr {
	up := 0
	for p.tok.is("outer") && p.ahead() == '.' && up < maxOuter {
		p.advance()
		p.advance()
		up++
	}
	word, at := p.tok.text, p.tok.pos
	if p.tok.kind != tokWord {
		p.expected("a field of the struct around")
		return &Expr{}
	}
	p.advance()
	return p.operand(word, at, up)
}

// extreme reads min(a, b) or max(a, b).
func (p *parser) extreme(word string) *Expr {
	e := &Expr{Op: Min}
	if word == "max" {
		e.Op = Max
	}
	p.advance()
	p.expect("(")
	e.X = p.binary(1, true)
	p.expect(",")
	e.Y = p.binary(1, true)
	p.expect(")")
	return e
}

// before reads before(FIELD).
func (p *parser) before() *Expr {
	p.advance()
	p.expect("(")
	e := &Expr{Op: Before, X: p.primary()}
	p.expect(")")
	return e
}

// netlink reads netlink(EXPRESSION).
func (p *parser) netlink() *Expr {
	p.advance()
	p.expect("(")
	e := &Expr{Op: Netlink, X: p.binary(1, true)}
	p.expect(")")
	return e
}

// sizeof reads sizeof(TYPE).
func (p *parser) sizeof() *Expr {
	p.advance()
	p.expect("(")
	at := p.tok.pos
	t := p.value(p.lens(), at)
	p.expect(")")
	if !p.failed {
		p.nested(t, at)
	}
	if p.failed {
		return &Expr{}
	}
	size := t.SizeOf(LP64)
	if size == 0 {
		p.fail(at, "%s has no size that is known", t)
	}
	if size == t.SizeOf(ILP32) {
		return &Expr{Op: Const, N: int64(size)}
	}
	return &Expr{Op: Sizeof, Type: t}
}

// operand is what a word stands for: an argument, a field, the result, or a name. up
// is how many structs further out a field is.
func (p *parser) operand(word string, at, up int) *Expr {
	if n, ok := counted(word, "elt"); ok && n > 0 {
		if up > 0 {
			return &Expr{Op: Outer, N: n, Up: up}
		}
		return &Expr{Op: Elt, N: n}
	}
	if up == 0 {
		if n, ok := counted(word, "arg"); ok && n > 0 {
			return &Expr{Op: Arg, N: n}
		} else if ok || word == "retval" {
			return &Expr{Op: Retval}
		}
	}
	e := &Expr{Op: Arg} // until it is known better
	s := &p.scopes[len(p.scopes)-1]
	s.names = append(s.names, reference{e, word, at, up})
	return e
}

// counted takes argN and eltN apart.
func counted(word, begin string) (n int64, ok bool) {
	digits, ok := strings.CutPrefix(word, begin)
	if !ok || len(digits) == 0 || len(digits) > 5 || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
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
