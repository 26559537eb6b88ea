package prototype

import (
	"slices"
	"strconv"
)

// array reads TYPE [, LENGTH] of an array.
func (p *parser) array() *Type {
	at := p.tok.pos
	elem := p.value(p.lens(), at)
	var length *Expr
	zero := false
	if p.accept(",") {
		length, zero = p.length()
	}
	if p.failed {
		return nil
	}
	return arrayOf(elem, length, zero)
}

// records reads TYPE, BYTES, FIELD of an array whose elements tell their length.
func (p *parser) records() *Type {
	at := p.tok.pos
	elem := p.value(p.lens(), at)
	p.expect(",")
	length := p.expression()
	p.expect(",")
	field := p.name("the field that has the length")
	step := slices.IndexFunc(elem.Fields, func(f Field) bool { return f.Name == field && f.Type.Kind == Int && f.Bits == 0 })
	if elem.Kind != Struct || step < 0 {
		p.fail(at, "records takes a struct with a number %s, not %s", strconv.Quote(field), elem)
	}
	if p.failed {
		return nil
	}
	return &Type{Kind: Array, Elem: elem, Len: length, Step: step + 1}
}

// vector reads TYPE, N of a vector.
func (p *parser) vector() *Type {
	at := p.tok.pos
	elem := p.value(p.lens(), at)
	p.expect(",")
	n := p.constant("the number of elements")
	size := int64(0)
	if elem.Kind == Int || elem.Kind == Float && elem.Size != LongDouble {
		size = int64(elem.Size)
	}
	if size == 0 || n < 1 || n > 64 || n*size > 64 {
		p.fail(at, "a vector has numbers of a fixed size, up to 64 bytes of them")
		return nil
	}
	return &Type{Kind: Vector, Size: int(n * size), Elem: elem}
}

// fields reads [SIZE] and the fields of a struct or union. Without them it is one
// of which nothing else is known.
func (p *parser) fields(word string) *Type {
	p.enter()
	defer p.leave()
	t := &Type{Kind: Struct, Complete: true}
	if word == "union" {
		t.Kind = Union
	}
	if p.accept("[") {
		n := p.constant("the size of a struct")
		if n < 1 || n > maxSize {
			p.fail(p.tok.pos, "a struct of %d bytes", n)
		}
		t.Size = int(n)
		p.expect("]")
	}
	p.scopes = append(p.scopes, scope{})
	p.expect("(")
	for first := true; !p.failed && !p.accept(")"); first = false {
		if !first {
			p.comma()
		}
		p.field(t)
	}
	p.endStruct(t)
	if !p.failed && len(t.Fields) == 1 && t.Fields[0].Type.Kind == Void {
		t.Fields = nil
	}
	return t
}

// field reads TYPE [NAME] [@OFFSET] [:BITS [+BITOFFSET]], where verbose(TYPE) or
// inout(TYPE) may stand for TYPE.
func (p *parser) field(t *Type) {
	at := p.tok.pos
	modified := (p.tok.is("verbose") || p.tok.is("inout")) && p.ahead() == '('
	f := Field{Verbose: modified && p.tok.is("verbose"), InOut: modified && p.tok.is("inout")}
	if modified {
		p.advance()
		p.expect("(")
	}
	f.Type = p.value(p.lens(), at)
	if modified {
		p.expect(")")
	}
	if p.cType("',' or a name"); p.tok.kind == tokWord || p.tok.kind == tokQuoted {
		f.Name = p.name("")
	}
	if t.Size > 0 {
		p.expect("@")
		f.Offset = int(p.within("an offset", 0, int64(t.Size)))
	}
	if p.accept(":") {
		size := f.Type.Size
		if size == 0 {
			size = 8
		}
		f.Bits = int(p.within("the width of a bit-field", 1, int64(min(size, 8)*8)))
		if f.Type.Kind != Int {
			p.fail(at, "a bit-field of type %s", f.Type)
		}
		if t.Size > 0 && p.accept("+") {
			f.BitOffset = int(p.within("the first bit of a bit-field", 0, 63))
		}
	}
	if t.Fields = append(t.Fields, f); len(t.Fields) > maxParams {
		p.fail(at, "more than %d fields", maxParams)
	}
}

// within reads a number between two others.
func (p *parser) within(what string, low, high int64) int64 {
	if p.tok.kind != tokNumber {
		p.expected(what)
		return low
	}
	if p.tok.num > uint64(high) || p.tok.num < uint64(low) {
		p.fail(p.tok.pos, "%s must be between %d and %d", what, low, high)
		return low
	}
	n := int64(p.tok.num)
	p.advance()
	return n
}

// maxNames bounds the names of an enum or a set.
const maxNames = 100_000

// names reads (NAME[=VALUE[/MASK]], ...).
func (p *parser) names(word string, base *Type) *Type {
	names := &Names{Set: word == "flags"}
	next := uint64(0)
	p.expect("(")
	for first := true; !p.failed && !p.accept(")"); first = false {
		if !first {
			p.comma()
		}
		n := Name{Value: next, Mask: ^uint64(0)}
		n.Name = p.name("a name")
		switch {
		case p.accept("="):
			n.Value = uint64(p.constant("a value"))
			if names.Set {
				n.Mask = p.mask(n.Value)
			}
		case names.Set:
			p.expected("'='")
		}
		if next = n.Value + 1; p.failed {
			break
		}
		if p.f.define(n.Name, int64(n.Value)); len(names.Known) == maxNames {
			p.fail(p.tok.pos, "more than %d names", maxNames)
		}
		names.Known = append(names.Known, n)
	}
	t := *base
	t.Name, t.Names, t.layouts = "", names, [models]*Layout{}
	return &t
}

// mask reads /MASK, or returns the bits that a value without one has.
func (p *parser) mask(value uint64) uint64 {
	if p.accept("/") {
		return uint64(p.constant("a mask"))
	}
	if value == 0 {
		return ^uint64(0)
	}
	return value
}

// choice reads choose(EXPR; VALUES: TYPE; ... else: TYPE).
func (p *parser) choice(directions bool) (*Type, Dir) {
	p.enter()
	defer p.leave()
	alternative := func() (*Type, Dir) {
		at := p.tok.pos
		t, dir := p.directed(directions)
		if !directions && dir != In {
			p.fail(at, "directions are for parameters")
		}
		t = p.value(t, at)
		if directions {
			t = decayed(t)
		}
		return t, dir
	}
	p.advance()
	p.expect("(")
	t := &Type{Kind: Choice, On: p.expression()}
	dir := In
	for !p.failed && t.Else == nil && p.accept(";") {
		if p.tok.is(")") { // a last ';'
			break
		}
		if p.tok.is("else") {
			p.advance()
			p.expect(":")
			t.Else, dir = alternative()
			p.accept(";")
			break
		}
		var c Case
		for !p.failed {
			c.Values = append(c.Values, p.constant("a value or else"))
			if !p.accept(",") {
				break
			}
		}
		p.expect(":")
		c.Type, c.Dir = alternative()
		if t.Cases = append(t.Cases, c); len(t.Cases) > maxParams {
			p.fail(p.tok.pos, "more than %d alternatives", maxParams)
		}
	}
	p.expect(")")
	return t, dir
}
