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
		if names.Any || (names.Known[i].Value^v.Word)&mask == 0 {
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
// All ones are the set only if they all have names, else mean no bits: they are what
// C writes as -1, as a function that fails returns.
func (p *values) flags(b []byte, v *prototype.Value) []byte {
	from, mask := len(b), wordMask(sizeOf(v))
	b, rest := appendFlagNames(b, v, p.utf8)
	switch {
	case v.Word&mask == mask && rest != 0:
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

// appendFlagNames appends the names of the bits that are set, and returns those that are
// left. Each name takes its bits: of two that have one in common, the first in the list
// that fits is shown.
func appendFlagNames(b []byte, v *prototype.Value, utf8 bool) (_ []byte, rest uint64) {
	mask := wordMask(sizeOf(v))
	word := v.Word & mask
	taken, from := uint64(0), len(b)
	for i := range v.Type.Names.Known {
		n := &v.Type.Names.Known[i]
		bits, has := bitsOf(n, word, taken, mask)
		if !has {
			continue
		}
		if len(b) > from {
			b = append(b, '|')
		}
		b = appendBitName(b, v.Type.Names, n, word, utf8)
		taken |= bits
	}
	return b, word &^ taken
}

// bitsOf returns the bits that a name of a set takes, and whether a word of mask's size
// has it: taken are those that names before it have.
func bitsOf(n *prototype.Name, word, taken, mask uint64) (bits uint64, has bool) {
	value, bits := n.Value&mask, n.Mask&mask
	if _, _, number := n.Number(word); number {
		return bits, taken&bits == 0
	}
	return bits, word&bits == value && taken&value == 0 && (bits != 0 || word == 0)
}

// appendBitName appends the name that bits of a word have. A number that stands where
// one of several names could have stood has none of these.
func appendBitName(b []byte, names *prototype.Names, n *prototype.Name, word uint64, utf8 bool) []byte {
	number, behind, ok := n.Number(word)
	if !ok {
		return appendName(b, n.Name, utf8)
	}
	b = appendName(appendAlternate(b, number), behind, utf8)
	return appendUnknown(b, commonPrefix(fieldNames(names.Known, n.Mask)))
}
