package abi

import "sonde/prototype"

// i386Arg places an argument: on the stack, but for the first vectors of a
// function that is not variadic (Intel386 psABI 2.2.3, "Parameter Passing").
func i386Arg(cur *Cursor, t *prototype.Type, parts []Part) Location {
	size := t.SizeOf(cur.conv.Model)
	if size <= 0 {
		return Location{}
	}
	if t.Kind == prototype.Vector && !cur.variadic && !single(t) {
		switch {
		case size == 8 && cur.mmx < cur.conv.Vectors:
			parts = append(parts, Part{Where: MMX, Index: uint8(cur.mmx), Size: size})
			cur.mmx++
			return Location{Parts: parts}
		case size >= 16 && cur.vectors < cur.conv.Vectors:
			return Location{Parts: cur.vectorPart(parts, 0, size)}
		}
	}
	align := 4
	c := classifier{fields: maxFields}
	if c.holdsAligned(t) {
		align = t.AlignOf(cur.conv.Model)
	}
	return Location{Parts: cur.onStack(parts, size, align, 4)}
}

// holdsAligned tells of a value whether it keeps its alignment among arguments:
// if it is or holds a vector or a __float128. What an attribute alone aligns does not
// (ix86_contains_aligned_value_p in gcc's i386.cc).
func (c *classifier) holdsAligned(t *prototype.Type) bool {
	if c.fields--; c.fields < 0 || t.AlignOf(prototype.ILP32) < 16 {
		return false
	}
	switch t.Kind {
	case prototype.Array:
		return c.holdsAligned(t.Elem)
	case prototype.Struct, prototype.Union:
		for i := range t.Fields {
			if c.holdsAligned(t.Fields[i].Type) {
				return true
			}
		}
		return false
	}
	return true
}

// i386Result places a result: structs and unions of any size, and other large
// values, in memory of the caller's (2.2.3, "Returning of Values").
func i386Result(c *Convention, t *prototype.Type) (l Location, inMemory bool) {
	size := t.SizeOf(c.Model)
	switch {
	case t.Indirect, t.Kind == prototype.Struct, t.Kind == prototype.Union:
		return c.resultInMemory(), true // an empty struct as well
	case t.Kind == prototype.Vector && single(t):
		return c.resultInMemory(), true
	case size <= 0:
		return Location{}, false
	case t.Kind == prototype.Float && (size <= 8 || t.Size == prototype.LongDouble):
		return Location{Parts: []Part{{Where: X87, Size: t.Size}}}, false
	case t.Kind == prototype.Vector && size == 8:
		return Location{Parts: []Part{{Where: MMX, Size: size}}}, false
	case t.Kind == prototype.Vector && size >= 16:
		return Location{Parts: []Part{{Where: Vector, Size: size}}}, false
	case size > 8:
		return c.resultInMemory(), true
	}
	for at := 0; at < size; at += 4 {
		p := Part{Where: Integer, Reg: c.Results[at/4], At: at, Size: min(4, size-at)}
		l.Parts = append(l.Parts, p)
	}
	return l, false
}
