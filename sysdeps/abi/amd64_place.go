package abi

import "sonde/prototype"

// amd64Arg places an argument: wholly in registers, or where there are too few of
// them wholly on the stack (psABI 3.2.3, "Passing").
func amd64Arg(cur *Cursor, t *prototype.Type, parts []Part) Location {
	size := t.SizeOf(cur.conv.Model)
	w, n := classify(t)
	if n == 0 || w == (eightbytes{}) {
		return Location{} // gcc passes an empty class of C++'s as nothing as well
	}
	ints, vectors, ok := w.registers(n)
	// gcc passes 32 and 64 bytes as a variadic argument on the stack: va_arg
	// would not find them in the 16 bytes that are saved of a register.
	wide := cur.rest && n > 2 && w[2] == sseUp
	if !ok || wide || cur.ints+ints > len(cur.conv.Args) || cur.vectors+vectors > cur.conv.Vectors {
		align := max(t.AlignOf(cur.conv.Model), 8)
		return Location{Parts: cur.onStack(parts, size, align, 8)}
	}
	for i := 0; i < n; i++ {
		at := i * 8
		switch w[i] {
		case integer:
			parts = cur.intPart(parts, at, min(8, size-at))
		case sse:
			for i+1 < n && w[i+1] == sseUp {
				i++
			}
			parts = cur.vectorPart(parts, at, min(i*8+8, size)-at)
		}
	}
	return Location{Parts: parts}
}

// registers counts those that a value of n words takes. ok is false for a value
// that is passed in memory.
func (w *eightbytes) registers(n int) (ints, vectors int, ok bool) {
	for _, c := range w[:n] {
		switch c {
		case integer:
			ints++
		case sse:
			vectors++
		case x87, x87Up, complexX87, memory:
			return 0, 0, false
		}
	}
	return ints, vectors, true
}

// amd64Result places a result (psABI 3.2.3, "Returning of Values").
func amd64Result(c *Convention, t *prototype.Type) (l Location, inMemory bool) {
	size := t.SizeOf(c.Model)
	w, n := classify(t)
	switch {
	case t.Indirect, n > 0 && w[0] == memory:
		return c.resultInMemory(), true
	case n == 0:
		return Location{}, false
	case w[0] == complexX87:
		return Location{Parts: []Part{
			{Where: X87, Index: 0, Size: prototype.LongDouble},
			{Where: X87, Index: 1, At: size / 2, Size: prototype.LongDouble},
		}}, false
	case w[0] == x87:
		return Location{Parts: []Part{{Where: X87, Size: prototype.LongDouble}}}, false
	}
	regs := *c
	regs.Args = c.Results
	cur := Cursor{conv: &regs}
	return amd64Arg(&cur, t, nil), false
}
