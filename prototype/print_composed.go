package prototype

import (
	"fmt"
	"strconv"
)

// records writes records(TYPE, BYTES, FIELD).
func (p *printer) records(t *Type) {
	p.b.WriteString("records(")
	p.typ(t.Elem)
	p.b.WriteString(", " + p.expr(t.Len) + ", ")
	p.name(t.Elem.Fields[t.Step-1].Name)
	p.b.WriteByte(')')
}

func (p *printer) structure(t *Type) {
	word := "struct"
	if t.Kind == Union {
		word = "union"
	}
	p.b.WriteString(word)
	if !t.Complete {
		return
	}
	if t.Size > 0 {
		fmt.Fprintf(&p.b, "[%d]", t.Size)
	}
	p.b.WriteByte('(')
	outside := p.params // a name may be a field's
	p.params = nil
	defer func() { p.params = outside }()
	for i := range t.Fields {
		f := &t.Fields[i]
		p.comma(i)
		switch {
		case f.Verbose:
			p.b.WriteString("verbose(")
		case f.InOut:
			p.b.WriteString("inout(")
		}
		p.typ(f.Type)
		if f.Verbose || f.InOut {
			p.b.WriteByte(')')
		}
		if f.Name != "" {
			p.member(f.Name)
		}
		if t.Size > 0 {
			fmt.Fprintf(&p.b, " @%d", f.Offset)
		}
		if f.Bits > 0 {
			fmt.Fprintf(&p.b, " :%d", f.Bits)
		}
		if f.BitOffset > 0 && t.Size > 0 {
			fmt.Fprintf(&p.b, "+%d", f.BitOffset)
		}
	}
	p.b.WriteByte(')')
}

// names writes an enum or a set of flags; the integer's own lens, where it is not
// around them, is in the brackets.
func (p *printer) names(t *Type) (write func(), native Lens) {
	base := Type{Kind: Int, Size: t.Size, Unsigned: t.Unsigned, Lens: t.Lens}
	word, native := numberWord(&base)
	return func() {
		if t.Names.Set {
			p.b.WriteString("flags")
		} else {
			p.b.WriteString("enum")
		}
		if word != "int" {
			p.b.WriteString("[" + word + "]")
		}
		p.b.WriteByte('(')
		for i, n := range t.Names.Known {
			p.comma(i)
			p.name(n.Name)
			switch {
			case !t.Names.Set:
				fmt.Fprintf(&p.b, "=%d", int64(n.Value))
			case n.Mask == n.Value && n.Value != 0, n.Mask == ^uint64(0) && n.Value == 0:
				fmt.Fprintf(&p.b, "=%#x", n.Value)
			default:
				fmt.Fprintf(&p.b, "=%#x/%#x", n.Value, n.Mask)
			}
		}
		p.b.WriteByte(')')
	}, native
}

// choice writes a choice; unless its alternatives are alike, each with its
// direction, the last one with other.
func (p *printer) choice(t *Type, other Dir, alike bool) {
	p.b.WriteString("choose(")
	p.b.WriteString(p.expr(t.On))
	for i := range t.Cases {
		c := &t.Cases[i]
		p.b.WriteString("; ")
		for j, v := range c.Values {
			p.comma(j)
			p.b.WriteString(strconv.FormatInt(v, 10))
		}
		p.b.WriteString(": ")
		if alike {
			p.typ(c.Type)
		} else {
			p.directed(c.Dir, func() { p.typ(c.Type) })
		}
	}
	if t.Else != nil {
		p.b.WriteString("; else: ")
		p.directed(other, func() { p.typ(t.Else) })
	}
	p.b.WriteByte(')')
}
