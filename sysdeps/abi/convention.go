package abi

import "sonde/sysdeps"

// Convention is where a function finds its integer arguments and leaves its
// integer results.
type Convention struct {
	Name string
	// Args are the registers of the first arguments, in order. Further ones
	// are on the stack.
	Args []sysdeps.Reg
	// StackArgs is the distance in bytes from the stack pointer, as it is
	// when the function is entered, to the first argument on the stack.
	StackArgs int
	// Results are the registers of the results, in order.
	Results []sysdeps.Reg
	// CalleePops says that a function may take arguments off the stack as it
	// returns: the hidden one that tells where to put a structure, and with
	// other conventions of the machine (stdcall, fastcall) all of them.
	CalleePops bool
}

// SysVAMD64 is the System V convention for x86-64 (psABI, 3.2.3).
var SysVAMD64 = &Convention{
	Name:      "sysv",
	Args:      []sysdeps.Reg{sysdeps.RDI, sysdeps.RSI, sysdeps.RDX, sysdeps.RCX, sysdeps.R8, sysdeps.R9},
	StackArgs: 8, // behind the return address
	Results:   []sysdeps.Reg{sysdeps.RAX, sysdeps.RDX},
}

// SysVI386 is the System V convention for i386 (Intel386 psABI 1.1, 2.2.3):
// all arguments are on the stack.
var SysVI386 = &Convention{
	Name:       "sysv",
	StackArgs:  4,
	Results:    []sysdeps.Reg{sysdeps.RAX, sysdeps.RDX},
	CalleePops: true,
}

// GoAMD64 is Go's ABIInternal for x86-64 (cmd/compile/abi-internal.md in Go's
// source). R14 holds the goroutine.
var GoAMD64 = &Convention{
	Name: "go",
	Args: []sysdeps.Reg{
		sysdeps.RAX, sysdeps.RBX, sysdeps.RCX, sysdeps.RDI, sysdeps.RSI,
		sysdeps.R8, sysdeps.R9, sysdeps.R10, sysdeps.R11,
	},
	StackArgs: 8,
	Results: []sysdeps.Reg{
		sysdeps.RAX, sysdeps.RBX, sysdeps.RCX, sysdeps.RDI, sysdeps.RSI,
		sysdeps.R8, sysdeps.R9, sysdeps.R10, sysdeps.R11,
	},
}

// SysV returns the System V convention of a machine.
func SysV(a *sysdeps.Arch) *Convention {
	if a == sysdeps.I386 {
		return SysVI386
	}
	return SysVAMD64
}
