package abi

import (
	"encoding/binary"
	"fmt"

	"sonde/prototype"
	"sonde/sysdeps"
)

// Cursor goes from argument to argument: those of a signature, those behind it
// that a format tells of, or those of a va_list. It is a value; a copy goes its
// own way.
type Cursor struct {
	conv *Convention
	// ints, vectors and mmx are how many registers are used up.
	ints, vectors, mmx int
	// stack is where the next argument on the stack may lie: as Part.Addr says.
	stack sysdeps.Addr
	// variadic says that the function is, and rest that the argument at hand
	// is not one of its fixed ones.
	variadic, rest bool
	// saved says that the registers are in memory at regs, and stack is an address.
	saved bool
	regs  sysdeps.Addr
	// filled is how many vector registers hold something, if limited.
	filled  int
	limited bool
	// lost says that the place of what follows is not known.
	lost bool

	parts [2]Part
}

// Next returns where the next argument lies, of a type as it is passed among
// variadic arguments (a float is a double, a short an int). The Location's parts are
// the cursor's own, and valid until Next is called again.
func (cur *Cursor) Next(t *prototype.Type) Location {
	return cur.place(t, cur.parts[:0])
}

// place finds the next argument. The parts are appended to parts.
func (cur *Cursor) place(t *prototype.Type, parts []Part) Location {
	if t == nil || unsized(t) {
		cur.lost = true
	}
	if cur.lost {
		return Location{Unknown: true}
	}
	if t.Kind == prototype.Void {
		return Location{}
	}
	passed, indirect := t, false
	if !cur.conv.arraysByValue {
		passed, indirect = asPassed(t)
	}
	l := cur.conv.arg(cur, passed, parts)
	l.Indirect = l.Indirect || indirect
	if cur.limited && cur.vectors > cur.filled && l.NeedsVectors() {
		return Location{Unknown: true}
	}
	return l.within(max(passed.SizeOf(cur.conv.Model), t.SizeOf(cur.conv.Model)))
}

// LimitVectors says how many vector registers the caller has filled at most: the
// callers of a variadic function pass that in al (psABI 3.2.3). Arguments that would
// lie in others are Unknown.
func (cur *Cursor) LimitVectors(al uint8) {
	if int(al) < cur.conv.Vectors {
		cur.filled, cur.limited = int(al), true
	}
}

// onStack takes size bytes of the stack, in units of unit bytes.
func (cur *Cursor) onStack(parts []Part, size, align, unit int) []Part {
	mask := sysdeps.Addr(align - 1)
	// Distances count from the return address; what lies behind it is aligned.
	base := sysdeps.Addr(0)
	if !cur.saved {
		base = sysdeps.Addr(cur.conv.StackArgs)
	}
	at := (cur.stack-base+mask)&^mask + base
	cur.stack = at + sysdeps.Addr((size+unit-1)/unit*unit)
	where := Stack
	if cur.saved {
		where = Memory
	}
	return append(parts, Part{Where: where, Addr: at, Size: size})
}

// intPart takes a register for the bytes of the value from at on.
func (cur *Cursor) intPart(parts []Part, at, size int) []Part {
	p := Part{Where: Integer, Reg: cur.conv.Args[cur.ints], At: at, Size: size}
	if cur.saved {
		p = Part{Where: Memory, Addr: cur.regs + sysdeps.Addr(cur.ints*8), At: at, Size: size}
	}
	cur.ints++
	return append(parts, p)
}

// vectorPart takes a vector register.
func (cur *Cursor) vectorPart(parts []Part, at, size int) []Part {
	p := Part{Where: Vector, Index: uint8(cur.vectors), At: at, Size: size}
	if cur.saved {
		off := len(cur.conv.Args)*8 + cur.vectors*16
		p = Part{Where: Memory, Addr: cur.regs + sysdeps.Addr(off), At: at, Size: size}
	}
	cur.vectors++
	return append(parts, p)
}

// VaList returns a cursor over the arguments that a va_list stands for. word is
// the argument itself, and tag the VaListSize bytes at that address.
//
// On x86-64 it is a struct __va_list_tag (psABI, 3.5.7): offsets into the area
// where a variadic function saves its argument registers, of the next integer
// and the next vector, and the addresses of the next argument on the stack and of
// that area. On i386 it is a pointer to the next argument.
func (c *Convention) VaList(word sysdeps.Addr, tag []byte) (Cursor, error) {
	cur := Cursor{conv: c, saved: true, variadic: true, rest: true, stack: word}
	if c.VaListSize == 0 {
		return cur, nil
	}
	if len(tag) < c.VaListSize {
		return Cursor{lost: true}, fmt.Errorf("va_list at %v: %d bytes of it", word, len(tag))
	}
	le := binary.LittleEndian
	ints, vectors := le.Uint32(tag), le.Uint32(tag[4:])
	cur.stack, cur.regs = sysdeps.Addr(le.Uint64(tag[8:])), sysdeps.Addr(le.Uint64(tag[16:]))
	limit := uint32(len(c.Args) * 8)
	if ints%8 != 0 || ints > limit || (vectors-limit)%16 != 0 || vectors-limit > uint32(c.Vectors*16) {
		return Cursor{lost: true}, fmt.Errorf("va_list at %v: offsets %d and %d", word, ints, vectors)
	}
	cur.ints, cur.vectors = int(ints/8), int(vectors-limit)/16
	return cur, nil
}
