package abi

import (
	"encoding/binary"

	"sonde/sysdeps"
)

// Where is the kind of place that a Part lies in.
type Where uint8

// The kinds of places.
const (
	Integer Where = iota // the low bytes of the general register Reg
	Vector               // the low bytes of vector register Index: xmm, ymm or zmm
	X87                  // st(Index), a number of 80 bits that stands for one of Size bytes
	MMX                  // mm(Index)
	Stack                // memory, Addr bytes above the stack pointer at the function's entry
	Memory               // memory at Addr
)

// Part is a place that holds some bytes of a value.
type Part struct {
	Where Where
	Reg   sysdeps.Reg
	Index uint8
	// Addr is a distance from the stack pointer as it is when the function is
	// entered, for results as well; or of a Memory part an address.
	Addr sysdeps.Addr
	// At and Size say which bytes of the value the part holds.
	At, Size int
}

// Location is where a value lies.
type Location struct {
	// Parts hold the value's bytes, all that are not padding. A value without
	// bytes (void, an empty struct of C's) has none.
	Parts []Part
	// Indirect says that the one part there is holds the value's address.
	Indirect bool
	// Unknown says that the type does not tell where the value is, or that of
	// something before it does not.
	Unknown bool
}

// NeedsVectors tells whether sysdeps.Vectors are needed to fetch the value.
func (l *Location) NeedsVectors() bool {
	for i := range l.Parts {
		switch l.Parts[i].Where {
		case Vector, X87, MMX:
			return true
		}
	}
	return false
}

// within returns the location, or an unknown one if its parts are not parts of a
// value of size bytes: a hostile type has fields that lie elsewhere.
func (l Location) within(size int) Location {
	for i := range l.Parts {
		if p := &l.Parts[i]; !l.Indirect && (p.At < 0 || p.Size <= 0 || p.Size > size-p.At) {
			return Location{Unknown: true}
		}
	}
	return l
}

// Address returns where a part in memory lies, in a function that was entered
// with the given stack pointer. ok is false for registers.
func (p *Part) Address(sp sysdeps.Addr) (a sysdeps.Addr, ok bool) {
	switch p.Where {
	case Stack:
		return sp + p.Addr, true
	case Memory:
		return p.Addr, true
	}
	return 0, false
}

// Load copies a part that lies in a register to its place in value. v may be nil
// where the part does not need it. ok is false for parts in memory, for registers
// that hold nothing or that the machine has not, and when value is too short.
func (p *Part) Load(value []byte, r *sysdeps.Regs, v *sysdeps.Vectors) (ok bool) {
	if p.At < 0 || p.Size < 0 || p.Size > len(value)-p.At {
		return false
	}
	value = value[p.At : p.At+p.Size]
	switch p.Where {
	case Integer:
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], r.Get(p.Reg))
		return copy(value, word[:]) == len(value)
	case Vector:
		return v != nil && v.Vector(value, int(p.Index))
	case MMX:
		return v != nil && v.MMX(value, int(p.Index))
	case X87:
		return v != nil && loadX87(value, v, int(p.Index))
	}
	return false
}

// loadX87 stores st(i) as a program would that wants a float, a double or a long
// double, by the size of value.
func loadX87(value []byte, v *sysdeps.Vectors, i int) bool {
	st, ok := v.ST(i)
	if !ok {
		return false
	}
	switch len(value) {
	case 4:
		binary.LittleEndian.PutUint32(value, st.Float32bits())
	case 8:
		binary.LittleEndian.PutUint64(value, st.Float64bits())
	case len(st):
		copy(value, st[:])
	default:
		return false
	}
	return true
}
