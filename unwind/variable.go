package unwind

import "sonde/sysdeps"

// Terms are what the expressions of a variable refer to beside registers and memory.
type Terms interface {
	// FrameBase returns the expression of what DW_OP_fbreg counts from; nil for none.
	FrameBase() []byte
	// Address returns the n-th address that the unit has in .debug_addr.
	Address(n uint64) (addr uint64, ok bool)
	// Integer returns the size in bytes of the integer type at an offset of the unit, and
	// whether it is signed. ok is false for other types.
	Integer(off uint64) (size int, signed, ok bool)
	// EntryValue returns what a register held when the function was entered, by its DWARF
	// number.
	EntryValue(reg int) (v uint64, ok bool)
}

// Variable is a variable in a frame.
type Variable struct {
	Frame    *Frame
	Terms    Terms
	Location []byte // a DWARF expression
	// Vectors are the frame's vector registers; nil where they are not known, as in all
	// frames but the innermost: calls need not leave them as they were.
	Vectors *sysdeps.Vectors
}

// Absent is why it is not known what a variable holds. It is an error.
type Absent uint8

const (
	present Absent = iota
	// OptimizedOut: the compiler has not kept it.
	OptimizedOut
	// NotSaved: it was in a register that the functions called since may have changed.
	NotSaved
	// Synthetic: a pointer that the compiler has left away, to what it has kept elsewhere.
	Synthetic
	// ThreadLocal: each thread has one of its own.
	ThreadLocal
	// Unread: it depends on memory that could not be read.
	Unread
	// Uncomputed: what tells of it is damaged, or not understood.
	Uncomputed
)

var absences = [...]string{
	OptimizedOut: "optimized out", NotSaved: "not saved", Synthetic: "synthetic pointer",
	ThreadLocal: "thread-local", Unread: "in memory that cannot be read", Uncomputed: "not understood",
}

// Error returns it in words.
func (a Absent) Error() string {
	if int(a) < len(absences) {
		return absences[a]
	}
	return "unknown"
}

// Piece is a part of a variable: in memory at Addr, or, where Bytes is not nil, made of
// these.
type Piece struct {
	Addr  sysdeps.Addr
	Bytes []byte
	// Size is how many bytes of the variable it is; 0 for all.
	Size int
}

// noTerms are those of the expression of a frame base, which refers to nothing.
type noTerms struct{}

// FrameBase is Terms'.
func (noTerms) FrameBase() []byte { return nil }

// Address is Terms'.
func (noTerms) Address(uint64) (addr uint64, ok bool) { return 0, false }

// Integer is Terms'.
func (noTerms) Integer(uint64) (size int, signed, ok bool) { return 0, false, false }

// EntryValue is Terms'.
func (noTerms) EntryValue(int) (v uint64, ok bool) { return 0, false }
