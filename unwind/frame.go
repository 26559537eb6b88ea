package unwind

import (
	"sonde/elfsym"
	"sonde/sysdeps"
)

// How tells by what a frame was found.
type How uint8

const (
	// Given: the registers that the walk began with.
	Given How = iota
	// CFI: .eh_frame told.
	CFI
	// DebugFrame: .debug_frame told.
	DebugFrame
	// GoTable: the table of Go's runtime told.
	GoTable
	// Trampoline: the code that a signal handler returns to was known by its bytes.
	Trampoline
	// Leaf: there is no code at the program counter of the frame before, which was
	// called through a pointer that leads nowhere. Its return address is on top of
	// the stack.
	Leaf
	// Code: the instructions of the frame before were followed.
	Code
	// Pointer: by the frame pointer, where a return address was found.
	Pointer
	// Scan: by the next thing on the stack that looks like a return address.
	Scan
)

var howNames = [...]string{
	Given: "given", CFI: "cfi", DebugFrame: "debug-frame", GoTable: "go", Trampoline: "trampoline",
	Leaf: "leaf", Code: "code", Pointer: "frame-pointer", Scan: "scan",
}

// String returns a word for it in lower case.
func (h How) String() string {
	if int(h) < len(howNames) {
		return howNames[h]
	}
	return "unknown"
}

// Guessed tells that a frame need not be one: nothing that the compiler said led
// to it.
func (h How) Guessed() bool { return h >= Leaf }

// Frame is one function that has been called and has not returned, or that was
// interrupted.
type Frame struct {
	// PC is where the thread is in that function, or will come back to.
	PC sysdeps.Addr
	// CFA is the stack pointer before the call of that function (DWARF 5, 6.4);
	// 0 where it is not known.
	CFA sysdeps.Addr
	// Return says that PC is a return address: the call is before it, and may be
	// the last instruction of the function.
	Return bool
	// Signal says that this is no function, but the code that a signal handler
	// returns to. The next frame is what the signal has interrupted.
	Signal bool
	// How tells by what the frame was found.
	How How
	// Image is the file that PC is in; nil where it is in none.
	Image *elfsym.Image
	// Registers are those of the function at PC.
	Registers Registers
}

// Lookup returns an address within the instruction that the function is at: what
// its symbol, line and row are found by.
func (f *Frame) Lookup() sysdeps.Addr {
	if f.Return {
		return f.PC - 1
	}
	return f.PC
}

// Registers are the registers of a frame as far as they are known, by their DWARF
// numbers.
type Registers struct {
	Arch  *sysdeps.Arch
	value [sysdeps.MaxDWARFRegs]uint64
	known uint32 // a bit for each
	// left are those that nothing tells of, with the values that they have in the
	// function that was called: one that the compiler knows to leave them alone
	// may have left them to its caller, for its CFA (gcc's -fipa-ra).
	left uint32
}

// Get returns the value of a register, and whether it is known.
func (r *Registers) Get(reg sysdeps.Reg) (v uint64, ok bool) {
	return r.DWARF(r.Arch.DWARFNumber(reg))
}

// DWARF returns the value of a register by its DWARF number, and whether it is
// known.
func (r *Registers) DWARF(n int) (v uint64, ok bool) {
	if n < 0 || n >= len(r.value) || r.known&(1<<n) == 0 {
		return 0, false
	}
	return r.value[n], true
}

// set makes a register known, or another value.
func (r *Registers) set(n uint8, v uint64) {
	r.value[n] = v
	r.known |= 1 << n
}
