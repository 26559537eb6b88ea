package prototype

import "strconv"

// checkTypedef reads a typedef, and tells if it is not the first of its name.
func (f *File) checkTypedef(n int32) {
	d := &f.decls[n]
	if chosen := f.chosen(d.name); chosen != n && !f.forward(d) {
		f.tell(int(d.start), false, "%s is declared already, in line %d", d.name, f.decls[chosen].line)
		return
	}
	f.parseTypedef(d, 0)
}

// chosen returns which typedef of a name counts: the first that says what the
// type is.
func (f *File) chosen(name string) int32 {
	last, ok := f.types[name]
	if !ok {
		return -1
	}
	best := last
	if f.decls[last].older >= 0 && f.decls[last].state == unparsed {
		for n := last; n >= 0; n = f.decls[n].older {
			if !f.forward(&f.decls[n]) || f.forward(&f.decls[best]) {
				best = n
			}
		}
		f.types[name] = best
		f.decls[best].older = -1
	}
	return best
}

// forward tells whether a typedef is for a struct or union of which it does not say
// what is in it.
func (f *File) forward(d *declaration) bool {
	l := f.definition(d)
	if t := l.next(); !t.is("struct") && !t.is("union") {
		return false
	}
	c := l.ahead()
	return c == 0 || c == ';'
}

// definition is what stands behind typedef NAME =.
func (f *File) definition(d *declaration) lexer {
	l := lexer{text: f.text, pos: int(d.start), end: int(d.end)}
	for range 3 {
		l.next()
	}
	return l
}

// typeNamed returns the type of a typedef that is known in the file; nil if there
// is none, or it is broken. chain counts the types for whose sake it is read.
func (f *File) typeNamed(name string, chain int) (t *Type) {
	f.each(func(in *File) bool {
		if n := in.chosen(name); n >= 0 {
			t = in.parseTypedef(&in.decls[n], chain)
			return false
		}
		return true
	})
	return t
}

// structLater returns the struct or union of a name without reading what is in it,
// which is done when the declaration at hand is read: what a pointer leads to may
// contain what is being read, as C's PyTypeObject contains the PyObject that points
// to it. It returns nil for what is no struct, or has been read.
func (f *File) structLater(name string) (t *Type) {
	f.each(func(in *File) bool {
		n := in.chosen(name)
		if n < 0 {
			return true
		}
		d := &in.decls[n]
		switch {
		case !in.composed(d) || in.forward(d):
		case d.state == broken:
			t = void // it costs what points to it no more
		case d.state == unparsed:
			if d.typ == nil {
				d.typ = &Type{Name: d.name, open: true}
			}
			f.later = append(f.later, postponed{in, d})
			t = d.typ
		}
		return false
	})
	return t
}

// composed tells whether a typedef is for a struct or union, or a choice of them.
func (f *File) composed(d *declaration) bool {
	l := f.definition(d)
	t := l.next()
	return t.is("struct") || t.is("union") || t.is("choose")
}

// postponed is a typedef of the file that is to be read.
type postponed struct {
	in *File
	d  *declaration
}

// readLater ends the reading of a declaration. At the end of the outermost one it
// reads what has been postponed.
func (f *File) readLater() {
	for f.busy == 1 && len(f.later) > 0 {
		next := f.later[len(f.later)-1]
		f.later = f.later[:len(f.later)-1]
		next.in.parseTypedef(next.d, 0)
	}
	f.busy--
}

// parseTypedef reads typedef NAME = TYPE. What asks for the type while it is being
// read gets the one that it will be, which only pointers may lead to until then.
func (f *File) parseTypedef(d *declaration, chain int) *Type {
	switch d.state {
	case unparsed:
	case parsing:
		if d.typ == nil {
			d.typ = &Type{Name: d.name, open: true}
		}
		return d.typ
	default:
		return d.typ
	}
	d.state = parsing
	f.busy++
	defer f.readLater()
	p := f.parser(d)
	if p.chain = chain + 1; p.chain > maxDepth {
		p.fail(p.tok.pos, "reached through more than %d other types", maxDepth)
	}
	p.advance()
	p.name("the name of a type")
	p.expect("=")
	at := p.tok.pos
	t := p.lens()
	p.finish()
	if t != nil && t.open && d.typ != nil {
		p.fail(at, "%s is nothing but itself", strconv.Quote(d.name))
	}
	p.endTypedef(t, at)
	if d.state = p.state(); d.state == broken {
		if d.typ != nil { // what points to it has a pointer to who knows what
			*d.typ = Type{Kind: Void}
		}
		d.typ = nil
		return nil
	}
	if t.open {
		d.typ = t // another name of what is being read
		return t
	}
	named := *t
	named.Name, named.layouts = d.name, [models]*Layout{}
	if d.typ == nil {
		d.typ = &named
	} else {
		*d.typ = named
	}
	return d.typ
}
