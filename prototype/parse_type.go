package prototype

import "strconv"

// lens reads a type with the way to show it, and the '*' behind it. It returns nil
// if that cannot be read.
func (p *parser) lens() *Type {
	p.enter()
	defer p.leave()
	return p.pointers(p.single())
}

// value holds that what a type is for has a size: a struct does not contain
// itself. Where the declaration has failed it returns void.
func (p *parser) value(t *Type, at int) *Type {
	if t != nil && t.open {
		p.fail(at, "%s contains itself: a pointer could lead to it", strconv.Quote(t.Name))
	}
	if t == nil || p.failed {
		return void
	}
	return t
}

// maxStars bounds pointers to pointers.
const maxStars = 16

func (p *parser) pointers(t *Type) *Type {
	for n := 0; p.tok.is("*"); n++ {
		if n == maxStars {
			p.fail(p.tok.pos, "more than %d levels of pointers", maxStars)
			return nil
		}
		p.advance()
		if t != nil {
			t = pointerAt(t)
		}
	}
	return t
}

// single reads a type without the '*' behind it.
func (p *parser) single() *Type {
	word, at := p.tok.text, p.tok.pos
	switch {
	case p.tok.kind == tokQuoted && word != "":
		p.advance()
		return p.named(word, at)
	case p.tok.kind != tokWord:
		p.expected("a type")
		return nil
	}
	switch c := p.ahead(); {
	case c == '(':
		if t, ok := p.composed(word); ok {
			return t
		}
	case c == '[':
		if t, ok := p.bracketed(word); ok {
			return t
		}
	}
	p.advance()
	if (word == "struct" || word == "union") && p.tok.kind == tokWord {
		p.noType(word, at)
		return nil
	}
	if length, ok := numbered(word); ok && ownWords()[word] == nil && p.f.typeNamed(word, p.chain) == nil {
		e := &Expr{Op: Arg, N: length}
		if length == 0 {
			e = &Expr{Op: Retval}
		}
		return textPointer(character8, e, true)
	}
	return p.named(word, at)
}

// numbered takes ltrace's stringN apart, a string as long as the N-th argument.
func numbered(word string) (n int64, ok bool) {
	const begin = "string"
	if len(word) <= len(begin) || len(word) > len(begin)+4 || word[:len(begin)] != begin {
		return 0, false
	}
	n, err := strconv.ParseInt(word[len(begin):], 10, 64)
	return n, err == nil && n >= 0
}

// named returns the type that a word stands for. What ltrace knows itself comes
// first, as there, then typedefs, then what ltrace lacks.
func (p *parser) named(name string, at int) *Type {
	if t := ltraceWords()[name]; t != nil {
		return t
	}
	if p.lensed == 0 && p.tok.is("*") {
		if t := p.f.structLater(name); t != nil {
			return t
		}
	}
	if t := p.f.typeNamed(name, p.chain); t != nil {
		return t
	}
	if t := ownWords()[name]; t != nil {
		return t
	}
	p.noType(name, at)
	return nil
}

// composed reads WORD(...). ok is false if the word begins nothing of the kind.
func (p *parser) composed(word string) (t *Type, ok bool) {
	at := p.tok.pos
	begin := func() {
		p.advance()
		p.expect("(")
	}
	switch word {
	case "struct", "union":
		p.advance()
		t = p.fields(word)
		return t, true
	case "enum", "flags":
		p.advance()
		return p.names(word, plainInt), true
	case "choose":
		t, _ = p.choice(false)
		return t, true
	case "array":
		begin()
		t = p.array()
	case "records":
		begin()
		t = p.records()
	case "vector":
		begin()
		t = p.vector()
	case "complex":
		begin()
		elem := p.value(p.lens(), at)
		if elem.Kind != Float && !p.failed {
			p.fail(at, "complex takes float, double, longdouble or float128, not %s", elem)
		}
		t = &Type{Kind: Complex, Elem: elem}
	case "submitted":
		begin()
		t = &Type{Kind: Int, Size: 4, Unsigned: true, Lens: Submitted, Elem: p.value(p.lens(), at)}
	case "packed", "reversed", "indirect", "pyobject", "aligned", "unit", "into":
		begin()
		t = p.modified(word)
	default:
		lens, is := lenses[word]
		if !is {
			return nil, false
		}
		begin()
		if lens != Address {
			p.lensed++
			defer func() { p.lensed-- }()
		}
		inner := p.value(p.lens(), at)
		t = inner.under(lens, word)
		if lens == Text && t.Kind != Array && (t.Kind != Pointer || t.Elem == nil || t.Elem.Kind != Array) && !p.failed {
			p.fail(at, "%s takes an array of characters or a pointer to some, not %s", word, inner)
		}
	}
	p.expect(")")
	return t, true
}

// modified reads what says more of the layout or meaning of a type.
func (p *parser) modified(word string) *Type {
	at := p.tok.pos
	given := p.value(p.lens(), at)
	t := *given
	t.Name, t.layouts = "", [models]*Layout{}
	structure := (t.Kind == Struct || t.Kind == Union) && t.Complete
	good := structure
	switch word {
	case "packed":
		t.Packed = true
	case "reversed":
		t.Reversed = true
	case "indirect":
		t.Indirect = true
	case "pyobject":
		t.Object = true
	case "aligned":
		p.expect(",")
		n := p.constant("an alignment")
		if good = n > 0 && n <= 4096 && n&(n-1) == 0; good {
			t.Align = int(n)
		}
	case "unit":
		p.expect(",")
		t.Unit = p.name("a unit")
		good = t.Kind == Int || t.Kind == Float || t.Kind == Array && t.Lens == Sized || t.Kind == Pointer && (t.Lens == Aside || t.Lens.python() && t.Unit == "int") || structure && t.Lens == Listed
	case "into":
		p.expect(",")
		n := p.constant("the number of a field")
		good = t.Kind == Pointer && t.Elem != nil && (t.Elem.open || t.Elem.Kind == Struct && n <= int64(len(t.Elem.Fields))) && 0 < n && n <= maxParams
		t.Into = int(n)
	}
	if !good && !p.failed {
		p.fail(at, "%s does not fit %s", word, given)
	}
	return &t
}

// bracketed reads WORD[...]. ok is false if the word begins nothing of the kind.
func (p *parser) bracketed(word string) (t *Type, ok bool) {
	char, zero := character8, true
	switch word {
	case "string":
	case "buffer":
		zero = false
	case "wstring":
		char = wideChar
	case "string16":
		char = character16
	case "string32":
		char = character32
	case "enum", "flags":
		p.advance()
		p.expect("[")
		at := p.tok.pos
		base := p.value(p.lens(), at)
		if base.Kind != Int && !p.failed {
			p.fail(at, "%s takes integers, not %s", word, base)
		}
		p.expect("]")
		return p.names(word, base), true
	case "struct", "union":
		p.advance()
		return p.fields(word), true
	default:
		return nil, false
	}
	p.advance()
	p.expect("[")
	length, zeroed := p.length()
	p.expect("]")
	return textPointer(char, length, zero || zeroed), true
}
