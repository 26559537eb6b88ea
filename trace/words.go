package trace

import (
	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// readWord reads an address out of a process's memory.
func readWord(space *proc.Space, a sysdeps.Addr) (sysdeps.Addr, error) {
	var p [8]byte
	if _, err := space.ReadMemory(p[:space.Arch.PtrSize], a); err != nil {
		return 0, err
	}
	return sysdeps.Addr(space.Arch.Word(p[:])), nil
}

// argument returns the i-th argument, from 0, of a function that is entered: a
// word of C's.
func argument(space *proc.Space, r *sysdeps.Regs, i int) (sysdeps.Addr, error) {
	conv := abi.SysV(space.Arch)
	if i < len(conv.Args) {
		return sysdeps.Addr(r.Get(conv.Args[i])), nil
	}
	off := conv.StackArgs + (i-len(conv.Args))*space.Arch.PtrSize
	return readWord(space, r.SP()+sysdeps.Addr(off))
}
