package abi

import (
	"slices"

	"sonde/prototype"
)

// class is what psABI 3.2.3 calls the class of eight bytes of a value.
type class uint8

const (
	noClass    class = iota
	integer          // a general register
	sse              // the low half of a vector register
	sseUp            // more of the same one
	x87              // the mantissa of an x87 register
	x87Up            // sign and exponent of the same one
	complexX87       // two x87 registers, as a result
	memory
)

// merge is the class of eight bytes that hold two fields (3.2.3, "Classification",
// rule 4).
func (a class) merge(b class) class {
	switch {
	case a == b, b == noClass:
		return a
	case a == noClass:
		return b
	case a == memory || b == memory:
		return memory
	case a == integer || b == integer:
		return integer
	case a >= x87 || b >= x87:
		return memory
	}
	return sse
}

const (
	maxEightbytes = 8    // of a 64-byte vector
	maxFields     = 1024 // that are looked at: the type may be hostile
)

// eightbytes are the classes of a value's words.
type eightbytes [maxEightbytes]class

// classifier bounds what is spent on one type.
type classifier struct{ fields int }

// classify returns the classes of the words of a value, of which there are n: none
// for what has no bytes, and of a value in memory the first is memory.
func classify(t *prototype.Type) (w eightbytes, n int) {
	size := t.SizeOf(prototype.LP64)
	n = (max(size, 0) + 7) / 8
	if n > maxEightbytes {
		return eightbytes{memory}, maxEightbytes
	}
	if t.Kind == prototype.Complex && t.Elem.Size == prototype.LongDouble {
		return eightbytes{complexX87}, n // inside a struct it is too large
	}
	c := classifier{fields: maxFields}
	if !c.add(&w, t, 0) {
		return eightbytes{memory}, n
	}
	return w, n
}

// add classifies a value at the offset at, in bytes. It returns false if that
// puts all of it into memory.
func (c *classifier) add(w *eightbytes, t *prototype.Type, at int) bool {
	size := t.SizeOf(prototype.LP64)
	if c.fields--; c.fields < 0 || at < 0 || size > maxEightbytes*8-at {
		return false
	}
	if size <= 0 {
		return true
	}
	switch t.Kind {
	case prototype.Int, prototype.Pointer, prototype.VaList:
		return at%size == 0 && w.set(at, size, integer, integer)
	case prototype.Float:
		if t.Size == prototype.LongDouble {
			return at%size == 0 && w.set(at, size, x87, x87Up)
		}
		return at%size == 0 && w.set(at, size, sse, sseUp)
	case prototype.Complex:
		// Parts that are larger than a double make it larger than two words.
		return at%(size/2) == 0 && size <= 16 && w.set(at, size, sse, sse)
	case prototype.Vector:
		if single(t) {
			return false
		}
		if size < 8 { // gcc's and clang's smallest are integers
			return at%size == 0 && w.set(at, size, integer, integer)
		}
		return size&(size-1) == 0 && at%size == 0 && w.set(at, size, sse, sseUp)
	case prototype.Struct, prototype.Union, prototype.Array, prototype.Choice:
		return c.aggregate(w, t, at, size)
	}
	return true
}

// single tells of a vector that it consists of one float or double. For these gcc
// has no register, and passes them and what holds them in memory.
func single(t *prototype.Type) bool {
	return t.Elem != nil && t.Elem.Kind == prototype.Float && t.Elem.Size == t.Size
}

// set merges classes into the words that a scalar touches.
func (w *eightbytes) set(at, size int, first, further class) bool {
	for i := at / 8; i < (at+size+7)/8; i++ {
		w[i] = w[i].merge(first)
		first = further
	}
	return true
}

// aggregate classifies what has parts by these, for itself (rule 5 is applied to
// each aggregate) and merges the outcome.
func (c *classifier) aggregate(w *eightbytes, t *prototype.Type, at, size int) bool {
	var own eightbytes
	if !c.parts(&own, t, at, size) {
		return false
	}
	from, to := at/8, (at+size+7)/8
	if !own.settle(from, to) {
		return false
	}
	for i := from; i < to; i++ {
		w[i] = w[i].merge(own[i])
	}
	return true
}

func (c *classifier) parts(w *eightbytes, t *prototype.Type, at, size int) bool {
	switch t.Kind {
	case prototype.Array:
		step := t.Elem.SizeOf(prototype.LP64)
		for off := 0; step > 0 && off+step <= size; off += step {
			if !c.add(w, t.Elem, at+off) {
				return false
			}
		}
		return true
	case prototype.Choice:
		for i := range t.Cases {
			if !c.add(w, t.Cases[i].Type, at) {
				return false
			}
		}
		return t.Else == nil || c.add(w, t.Else, at)
	}
	l := t.Layout(prototype.LP64)
	for i := range t.Fields {
		if !c.field(w, t.Fields[i].Type, &l.Fields[i], at, size) {
			return false
		}
	}
	return true
}

// field adds a field of a struct that is at the offset at and size bytes long.
func (c *classifier) field(w *eightbytes, t *prototype.Type, slot *prototype.Slot, at, size int) bool {
	if slot.Bits > 0 {
		// Bit-fields are integers, whatever words they share.
		from := slot.Offset*8 + slot.BitOffset
		if slot.Offset < 0 || slot.BitOffset < 0 || from+slot.Bits > size*8 {
			return false
		}
		first, end := at+from/8, at+(from+slot.Bits+7)/8
		return w.set(first, end-first, integer, integer)
	}
	if slot.Offset < 0 || slot.Size > size-slot.Offset {
		return false
	}
	return c.add(w, t, at+slot.Offset)
}

// settle applies rule 5, the "post merger cleanup", to the words from..to.
func (w *eightbytes) settle(from, to int) bool {
	words := w[from:to]
	if slices.Contains(words, memory) {
		return false
	}
	if len(words) > 2 {
		if words[0] != sse {
			return false
		}
		for _, c := range words[1:] {
			if c != sseUp {
				return false
			}
		}
	}
	for i, c := range words {
		before := noClass
		if i > 0 {
			before = words[i-1]
		}
		switch {
		case c == sseUp && before != sse && before != sseUp:
			words[i] = sse
		case c == x87Up && before != x87:
			return false
		}
	}
	return true
}
