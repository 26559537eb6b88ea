package prototype

import (
	"strconv"
	"strings"
)

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
