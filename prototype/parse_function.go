package prototype

import "slices"

// parseFunction reads RESULT NAME(PARAMETERS) ATTRIBUTES. It returns nil if that
// cannot be read.
func (f *File) parseFunction(d *declaration) *Prototype {
	if d.state != unparsed {
		return d.prototype
	}
	d.state = parsing
	f.busy++
	defer f.readLater()
	p := f.parser(d)
	proto := &Prototype{Name: d.name, Version: d.version, Origin: f.origin(d)}
	p.accept("function")
	at := p.tok.pos
	proto.Result = decayed(p.value(p.lens(), at))
	proto.Several = proto.Result.Kind == Struct && proto.Result.Lens == Results
	p.name("the name of a function")
	if p.accept("@") { // the scanner has seen what it is
		for !p.failed && p.tok.kind != tokEnd && !p.tok.is("(") {
			p.advance()
		}
	}
	p.parameters(proto)
	p.attributes(proto)
	p.finish()
	p.endFunction(proto)
	if d.state = p.state(); d.state == parsed {
		d.prototype = proto
	}
	return d.prototype
}

// decayed is what a function has that C declares with an array.
func decayed(t *Type) *Type {
	if t != nil && t.Kind == Array {
		return pointerAt(t)
	}
	return t
}

// parameters reads what stands between the parentheses.
func (p *parser) parameters(proto *Prototype) {
	p.enter()
	defer p.leave()
	fixed, late := -1, false // late: behind a '+'
	var voids []int          // where they stand
	p.expect("(")
	for first := true; !p.failed && !p.accept(")"); first = false {
		if !first {
			p.comma()
		}
		if p.tok.is("...") {
			if fixed >= 0 {
				p.fail(p.tok.pos, "a second '...'")
			}
			fixed = len(proto.Params)
			p.advance()
			continue
		}
		late = p.accept("+") || late
		at := p.tok.pos
		p.parameter(proto, late)
		if n := len(proto.Params); n > 0 && proto.Params[n-1].Type.Kind == Void {
			voids = append(voids, at)
		}
	}
	if p.failed {
		return
	}
	if n := len(proto.Params); n == 1 && proto.Params[0].Type.Kind == Void {
		proto.Params = nil
	}
	for i := range proto.Params {
		if proto.Params[i].Type.Kind == Void {
			p.f.tell(voids[0], true, "parameter %d is void: taken for hide(int)", i+1)
			proto.Params[i].Type, voids = plainInt.under(Hide, ""), voids[1:]
		}
	}
	p.variadic(proto, fixed)
}

// variadic finds out where the variadic parameters begin: at '...', or, since
// ltrace's files do not have that, behind the last one, if a format says what
// there is.
func (p *parser) variadic(proto *Prototype, fixed int) {
	formats, list := 0, false
	for i := range proto.Params {
		switch t := proto.Params[i].Type; {
		case t.Lens.Format():
			formats++
		case t.Kind == VaList:
			list = true
		}
	}
	if formats > 1 {
		p.fail(p.tok.pos, "more than one format")
	}
	proto.Variadic = fixed >= 0 || formats > 0 && !list
	if proto.Fixed = fixed; fixed < 0 {
		proto.Fixed = len(proto.Params)
	}
}

// maxParams bounds the parameters of a function, the fields of a struct and the
// like.
const maxParams = 10_000

func (p *parser) parameter(proto *Prototype, late bool) {
	at := p.tok.pos
	always := p.tok.is("always") && p.ahead() == '('
	if always {
		p.advance()
		p.expect("(")
	}
	t, dir := p.directed(true)
	if always {
		p.expect(")")
	}
	t = decayed(p.value(t, at))
	if p.failed {
		return
	}
	if always && !comesOut(t, dir) {
		p.fail(at, "always is for what comes out: always(out(%s))", t)
		return
	}
	param := Param{Type: t, Dir: dir, Always: always}
	if p.cType("',' or a name"); p.tok.kind == tokWord || p.tok.kind == tokQuoted {
		param.Name = p.name("")
	}
	if late && dir == In && t.Kind == Pointer && t.Elem != nil && !t.Lens.Format() {
		param.Dir = Out
	}
	if t.Kind == Choice {
		p.checkChoice(t, at)
	}
	if proto.Params = append(proto.Params, param); len(proto.Params) > maxParams {
		p.fail(at, "more than %d parameters", maxParams)
	}
}

// comesOut tells whether a parameter, or an alternative of it, is Out or InOut.
func comesOut(t *Type, dir Dir) bool {
	if t.Kind == Choice {
		for _, c := range t.Cases {
			if c.Dir != In {
				return true
			}
		}
	}
	return dir != In
}

// checkChoice holds that all alternatives of a parameter are passed in the same
// way: in one register for integers.
func (p *parser) checkChoice(t *Type, at int) {
	each := func(t *Type) {
		switch {
		case t == nil || t.Kind == Pointer || t.Kind == Int && t.Size <= 8:
		case t.Kind == Choice:
			p.checkChoice(t, at)
		default:
			p.fail(at, "the alternatives of a parameter must be integers or pointers: not %s", t)
		}
	}
	for _, c := range t.Cases {
		each(c.Type)
	}
	each(t.Else)
}

// directed reads a type with the direction around it. Within a choice each
// alternative may have its own.
func (p *parser) directed(choices bool) (*Type, Dir) {
	dir := In
	switch {
	case p.ahead() != '(':
	case p.tok.is("out"):
		dir = Out
	case p.tok.is("inout"):
		dir = InOut
	case p.tok.is("choose") && choices:
		return p.stars(p.choice(true))
	}
	if dir == In {
		return p.lens(), In
	}
	p.enter()
	defer p.leave()
	p.advance()
	p.expect("(")
	at := p.tok.pos
	t, inner := p.directed(choices)
	p.expect(")")
	if inner != In {
		p.fail(at, "a direction within another")
	}
	if t != nil && t.Kind == Choice && t.Name == "" {
		for i := range t.Cases {
			if t.Cases[i].Dir == In {
				t.Cases[i].Dir = dir
			}
		}
	}
	return t, dir
}

// stars reads the '*' behind a choice, which makes it one type like others.
func (p *parser) stars(t *Type, dir Dir) (*Type, Dir) {
	if !p.tok.is("*") {
		return t, dir
	}
	return p.pointers(t), dir
}

// attributes reads what stands behind the parameters.
func (p *parser) attributes(proto *Prototype) {
	for !p.failed && p.tok.kind == tokWord {
		switch {
		case p.accept("noreturn"):
			proto.NoReturn = true
		case p.accept("fails"):
			p.fails(&proto.Fails)
		default:
			p.fail(p.tok.pos, "expected noreturn, fails(...) or the end of the declaration, found %s%s", p.tok.describe(),
				p.near(p.tok.text, slices.Values([]string{"noreturn", "fails"})))
		}
	}
}

// fails reads (TEST [, errno]).
func (p *parser) fails(f *Failure) {
	p.expect("(")
	switch {
	case p.tok.is("-") && p.ahead() == 'e' && p.text[p.pos:min(wordEnd(p.text, p.pos), p.end)] == "errno":
		p.advance()
		p.advance()
		f.Test = NegativeErrno
	case p.accept("!"):
		f.Test, f.Than = NotEqual, p.than()
	case p.accept("<"):
		f.Test, f.Than = Less, p.than()
	case p.accept(">"):
		f.Test, f.Than = Greater, p.than()
	default:
		f.Test, f.Than = Equal, p.than()
	}
	if p.accept(",") {
		p.expect("errno")
		f.Errno = true
	}
	p.expect(")")
}

func (p *parser) than() int64 {
	if p.accept("nil") {
		return 0
	}
	return p.constant("a result that tells of failure, as -1, nil or !0")
}
