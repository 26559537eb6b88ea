package abi

import (
	"sonde/prototype"
	"sonde/sysdeps"
)

// Convention is where a function finds its arguments and leaves its results.
type Convention struct {
	Name  string
	Model *prototype.Model
	// Args are the registers of the first integers among the arguments, in
	// order. Further ones are on the stack.
	Args []sysdeps.Reg
	// Vectors is the number of vector registers that hold arguments, from
	// number 0 on.
	Vectors int
	// StackArgs is the distance in bytes from the stack pointer, as it is
	// when the function is entered, to the first argument on the stack.
	StackArgs int
	// Results are the registers of the results, in order.
	Results []sysdeps.Reg
	// CalleePops says that a function may take arguments off the stack as it
	// returns: the hidden one that tells where to put a structure, and with
	// other conventions of the machine (stdcall, fastcall) all of them.
	CalleePops bool
	// VaListSize is the number of bytes that a va_list argument points to; 0
	// where the argument itself points to the first of the arguments.
	VaListSize int

	arraysByValue bool // as arguments
	// arg finds the place of the next argument, and appends its parts to parts.
	arg func(cur *Cursor, t *prototype.Type, parts []Part) Location
	// result finds the place of a result. memory says that the function was
	// passed the address where to put it. Go's depends on the arguments and
	// has none (goResult).
	result func(c *Convention, t *prototype.Type) (l Location, memory bool)
}

// SysVAMD64 is the System V convention for x86-64 (psABI, 3.2.3).
var SysVAMD64 = &Convention{
	Name:       "sysv",
	Model:      prototype.LP64,
	Args:       []sysdeps.Reg{sysdeps.RDI, sysdeps.RSI, sysdeps.RDX, sysdeps.RCX, sysdeps.R8, sysdeps.R9},
	Vectors:    8,
	StackArgs:  8, // behind the return address
	Results:    []sysdeps.Reg{sysdeps.RAX, sysdeps.RDX},
	VaListSize: 24,
	arg:        amd64Arg,
	result:     amd64Result,
}

// SysVI386 is the System V convention for i386 (Intel386 psABI 1.1, 2.2.3):
// all arguments but vectors are on the stack.
var SysVI386 = &Convention{
	Name:       "sysv",
	Model:      prototype.ILP32,
	Vectors:    3,
	StackArgs:  4,
	Results:    []sysdeps.Reg{sysdeps.RAX, sysdeps.RDX},
	CalleePops: true,
	arg:        i386Arg,
	result:     i386Result,
}

// GoAMD64 is Go's ABIInternal for x86-64 (cmd/compile/abi-internal.md in Go's
// source). R14 holds the goroutine.
var GoAMD64 = &Convention{
	Name:      "go",
	Model:     prototype.LP64,
	Args:      goRegs,
	Vectors:   15,
	StackArgs: 8,
	Results:   goRegs,
	arg:       goArg,

	arraysByValue: true,
}

var goRegs = []sysdeps.Reg{
	sysdeps.RAX, sysdeps.RBX, sysdeps.RCX, sysdeps.RDI, sysdeps.RSI,
	sysdeps.R8, sysdeps.R9, sysdeps.R10, sysdeps.R11,
}

// GoI386 is Go's convention on 386, which has no ABIInternal of its own:
// all arguments and results are on the stack.
var GoI386 = &Convention{
	Name:      "go",
	Model:     prototype.ILP32,
	StackArgs: 4,
	arg:       goArg,

	arraysByValue: true,
}

// RustAMD64 is what rustc does with functions that are not extern "C". It is not
// stable across versions; what is here holds for those up to 1.95.
var RustAMD64 = rust(SysVAMD64)

// RustI386 is the same for 32-bit x86.
var RustI386 = rust(SysVI386)

// SysV returns the System V convention of a machine.
func SysV(a *sysdeps.Arch) *Convention {
	if a == sysdeps.I386 {
		return SysVI386
	}
	return SysVAMD64
}

// For returns the convention that a prototype.Prototype names, on a machine.
// One that is not known is C's.
func For(a *sysdeps.Arch, name string) *Convention {
	wide := a != sysdeps.I386
	switch {
	case name == "go" && wide:
		return GoAMD64
	case name == "go":
		return GoI386
	case name == "rust" && wide:
		return RustAMD64
	case name == "rust":
		return RustI386
	case name == "syscall" && wide:
		return SyscallAMD64
	case name == "syscall":
		return SyscallI386
	}
	return SysV(a)
}
