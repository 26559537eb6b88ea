package display

import "sonde/prototype"

// isHexText tells of bytes that are no text: they are shown in base 16.
func isHexText(v *prototype.Value) bool {
	e := v.Type.Elem
	return e != nil && e.Kind == prototype.Int && e.Size == 1 && e.Lens == prototype.Hex && e.Names == nil
}

// hexText appends bytes in base 16: chars in quotes ("\xf6\x2e"), numbers as one
// (0xf62e).
func (p *straceValues) hexText(b []byte, v *prototype.Value) []byte {
	elems, more := v.Elems, v.More
	if len(elems) > p.strings {
		elems, more = elems[:max(p.strings, 0)], true
	}
	before, each, behind := `"`, `\x`, `"`
	if v.Type.Elem.Unsigned {
		before, each, behind = "0x", "", ""
	}
	b = append(b, before...)
	for i := range elems {
		b = append(b, each...)
		from := len(b)
		b = padLeft(appendDigits(b, 0, elems[i].Word&0xff, 4), from, 2)
	}
	b = append(b, behind...)
	if more {
		b = append(b, "..."...)
	}
	return b
}
