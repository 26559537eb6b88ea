package prototype

import (
	"slices"
	"strconv"
)

// String is the prototype as files write it.
func (p *Prototype) String() string {
	w := printer{params: p.names()}
	if p.Result == nil { // it is known what is taken, and not what is given
		w.b.WriteString("guess(long)")
	} else {
		w.typ(p.Result)
	}
	w.b.WriteByte(' ')
	w.name(p.Name)
	if p.Version != "" {
		w.b.WriteString("@" + p.Version)
	}
	w.b.WriteByte('(')
	for i := range p.Params {
		w.comma(i)
		if p.Variadic && i == p.Fixed {
			w.b.WriteString("..., ")
		}
		w.param(&p.Params[i])
	}
	if p.Variadic && p.Fixed >= len(p.Params) && !p.formatted() {
		w.comma(len(p.Params))
		w.b.WriteString("...")
	}
	w.b.WriteByte(')')
	if p.NoReturn {
		w.b.WriteString(" noreturn")
	}
	if p.Fails.Test != Never {
		w.fails(&p.Fails, p.Result)
	}
	return w.b.String()
}

// names are what expressions can call the parameters by.
func (p *Prototype) names() []string {
	names := make([]string, 0, len(p.Params))
	for i := range p.Params {
		name := p.Params[i].Name
		if !oneWord(name) || slices.Contains(cTypes, name) || slices.Contains(exprWords, name) || slices.Contains(names, name) || numberedWord(name) {
			name = ""
		}
		names = append(names, name)
	}
	return names
}

// exprWords are those that mean something else in an expression.
var exprWords = []string{"retval", "zero", "min", "max", "sizeof", "before", "netlink", "outer", "else"}

// numberedWord tells of argN and eltN.
func numberedWord(s string) bool {
	_, arg := counted(s, "arg")
	_, elt := counted(s, "elt")
	return arg || elt
}

// formatted tells whether a format says that there are more arguments.
func (p *Prototype) formatted() bool {
	for i := range p.Params {
		if p.Params[i].Type.Lens.Format() {
			return true
		}
	}
	return false
}

func (p *printer) param(param *Param) {
	t, dir := param.Type, param.Dir
	if param.Always {
		p.b.WriteString("always(")
	}
	if t != nil && t.Kind == Choice && t.Name == "" && t.Lens == Plain {
		if alike(t, dir) {
			p.directed(dir, func() { p.choice(t, In, true) })
		} else {
			p.choice(t, dir, false)
		}
	} else {
		p.directed(dir, func() { p.typ(t) })
	}
	if param.Always {
		p.b.WriteByte(')')
	}
	if param.Name != "" {
		p.member(param.Name)
	}
}

// alike tells whether all alternatives of a choice have the same direction.
func alike(t *Type, dir Dir) bool {
	for i := range t.Cases {
		if t.Cases[i].Dir != dir {
			return false
		}
	}
	return true
}

func (p *printer) directed(dir Dir, write func()) {
	switch dir {
	case Out:
		p.b.WriteString("out(")
	case InOut:
		p.b.WriteString("inout(")
	default:
		write()
		return
	}
	write()
	p.b.WriteByte(')')
}

func (p *printer) fails(f *Failure, result *Type) {
	p.b.WriteString(" fails(")
	than := strconv.FormatInt(f.Than, 10)
	if f.Than == 0 && result != nil && result.Kind == Pointer {
		than = "nil"
	}
	switch f.Test {
	case Equal:
	case NotEqual:
		p.b.WriteByte('!')
	case Less:
		p.b.WriteByte('<')
	case Greater:
		p.b.WriteByte('>')
	case NegativeErrno:
		than = "-errno"
	}
	p.b.WriteString(than)
	if f.Errno {
		p.b.WriteString(", errno")
	}
	p.b.WriteByte(')')
}
