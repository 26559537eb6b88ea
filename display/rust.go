package display

import "sonde/prototype"

// variant appends one of the alternatives of a type: Some(3), or None.
func (p *values) variant(b []byte, v *prototype.Value, depth int) []byte {
	b = p.nested(b, &v.Elems[0], depth+1)
	shown := 0
	for i := range v.Elems[1:] {
		f := &v.Elems[1+i]
		if hidden(f) {
			continue
		}
		if shown == 0 {
			b = append(b, '(')
		}
		b = p.element(b, f, shown > 0, p.named, depth+1)
		shown++
	}
	if shown > 0 {
		b = append(b, ')')
	}
	return b
}
