package display

import "sonde/prototype"

// pointer appends what a pointer leads to where that was captured, as ltrace
// does, and its address where it was not.
func (p *values) pointer(b []byte, v *prototype.Value, depth int) []byte {
	t := v.Type
	if v.Word == 0 && len(v.Elems) == 0 && v.Text == nil {
		return append(b, "nil"...)
	}
	switch t.Lens {
	case prototype.Symbol:
		return p.symbol(b, v)
	case prototype.Stream:
		return p.stream(b, v)
	}
	if v.State != prototype.Captured {
		return appendAddress(b, v.Word)
	}
	switch {
	case t.Lens == prototype.TypeName:
		return p.typeName(b, v.Text)
	case t.Lens.Characters(), t.Lens == prototype.Thrown && v.Text != nil:
		return p.text(b, v)
	case t.Lens == prototype.Address:
		return appendAddress(b, v.Word)
	}
	if len(v.Elems) == 0 {
		return appendAddress(b, v.Word)
	}
	if t.Lens == prototype.Channel {
		return appendChannel(b, v)
	}
	return p.nested(b, &v.Elems[0], depth+1)
}

// typeName appends the name of a C++ type. What is no mangled name, however long
// it is, is shown as far as a string would be.
func (p *values) typeName(b, mangled []byte) []byte {
	s := p.names.ofType(mangled)
	if !p.names.raw && s == string(mangled) && len(s) > p.strings {
		return append(appendName(b, s[:max(p.strings, 0)], p.utf8), "..."...)
	}
	return appendName(b, s, p.utf8)
}

// text appends a string, of which -s counts the characters if it is wide, else
// the bytes.
func (p *values) text(b []byte, v *prototype.Value) []byte {
	if wideText(v.Type) {
		return appendWideText(b, v.Text, v.More, p.strings, p.utf8)
	}
	limit := p.strings
	if t := v.Type; t.Whole || t.Kind == prototype.Pointer && t.Elem != nil && t.Elem.Whole {
		limit = prototype.PathMax
	}
	return appendText(b, v.Text, v.More, limit, p.utf8)
}

// wideText tells whether the characters that a pointer leads to, or that are in
// an array, have more than one byte.
func wideText(t *prototype.Type) bool {
	if t.Kind == prototype.Pointer && t.Elem != nil {
		t = t.Elem
	}
	return t.Kind == prototype.Array && t.Elem != nil && t.Elem.Kind == prototype.Int && t.Elem.Size != 1
}

// symbol appends the name of what is at an address.
func (p *values) symbol(b []byte, v *prototype.Value) []byte {
	if len(v.Text) == 0 {
		return appendAddress(b, v.Word)
	}
	return appendName(b, p.names.ofText(v.Text), p.utf8)
}

// stream appends a FILE: one of the three that all programs have by its name, any
// other by its address and what it leads to.
func (p *values) stream(b []byte, v *prototype.Value) []byte {
	switch string(v.Text) {
	case "stdin", "stdout", "stderr":
		for i, c := range v.Text {
			if c < ' ' || c >= 0x7f {
				return appendEscaped(b, v.Text[i:], 0, false)
			}
			b = append(b, c)
		}
		return b
	}
	return p.leadsTo(appendAddress(b, v.Word), v)
}

// leadsTo appends what a descriptor or stream leads to, in the way of strace -y.
// Of a descriptor that is spelled already, in printable ASCII.
func (p *values) leadsTo(b []byte, v *prototype.Value) []byte {
	if len(v.Text) == 0 {
		return b
	}
	if v.Type.Lens == prototype.Descriptor {
		return appendSpelled(b, v.Text)
	}
	b = append(b, '<')
	b = appendEscaped(b, v.Text, '>', p.utf8)
	return append(b, '>')
}

// appendSpelled appends what a descriptor leads to.
func appendSpelled(b, text []byte) []byte {
	for i, c := range text {
		if c < ' ' || c >= 0x7f {
			return appendEscaped(b, text[i:], 0, false)
		}
		b = append(b, c)
	}
	return b
}
