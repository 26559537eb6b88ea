package display

import "sonde/prototype"

// namedInteger appends an integer whose values, or whose bits, have names.
func (p *values) namedInteger(b []byte, v *prototype.Value) []byte {
	names := v.Type.Names
	if names.Set {
		return p.flags(b, v)
	}
	mask := wordMask(sizeOf(v))
	for i := range names.Known {
		if (names.Known[i].Value^v.Word)&mask == 0 {
			b = appendName(b, names.Known[i].Name, p.utf8)
			if v.Type.Lens == prototype.Descriptor {
				b = p.leadsTo(b, v)
			}
			return b
		}
	}
	return p.unnamed(b, v)
}

// flags appends the names of the bits that are set, and what is left as a number.
// Each name takes its bits: of two that have one in common, the first in the list
// that fits is shown. All ones are the set only if they all have names, else
// mean no bits: they are what C writes as -1, as a function that fails returns.
func (p *values) flags(b []byte, v *prototype.Value) []byte {
	mask := wordMask(sizeOf(v))
	word := v.Word & mask
	rest, from := word, len(b)
	for i := range v.Type.Names.Known {
		n := &v.Type.Names.Known[i]
		value, bits := n.Value&mask, n.Mask&mask
		if word&bits != value || rest&value != value || bits == 0 && word != 0 {
			continue
		}
		if len(b) > from {
			b = append(b, '|')
		}
		b = appendName(b, n.Name, p.utf8)
		rest &^= bits
	}
	switch {
	case word == mask && rest != 0:
		return append(b[:from], "-1"...)
	case rest == 0 && len(b) > from:
		return b
	case rest == 0:
		return append(b, '0')
	case len(b) > from:
		b = append(b, '|')
	}
	if v.Type.Lens == prototype.Oct {
		return appendDigits(append(b, '0'), 0, rest, 3)
	}
	return appendHex(b, rest)
}
