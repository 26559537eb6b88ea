package sysdeps

import "debug/elf"

// Arch is what is known of one machine. There is one value for each, and
// threads, files and core dumps point to the one that they belong to.
type Arch struct {
	Name    string
	Machine elf.Machine
	Class   elf.Class
	PtrSize int

	// Trap is the breakpoint instruction. Where TrapMovesPC is set, the
	// program counter stands behind it when the kernel reports the trap.
	Trap        []byte
	TrapMovesPC bool

	// RegsetSize is the size in bytes of NT_PRSTATUS's general registers,
	// by which the kernel tells what a thread runs right now.
	RegsetSize int

	// RedZone is the number of bytes below the stack pointer that code may
	// use and that a signal handler's frame leaves alone.
	RedZone int

	// Calls are the numbers of the system calls that Sonde makes in
	// tracees, or looks for in them.
	Calls Calls

	pc, sp, syscallNr Reg
}

// Calls are numbers of system calls on one machine.
type Calls struct{ Mmap, Munmap, Sigaction, Clone, Clone3, Vfork int64 }

// AMD64 is x86-64: System V psABI 3.2.2 for the red zone, the kernel's
// user_regs_struct (arch/x86/include/asm/user_64.h) for the registers.
var AMD64 = &Arch{
	Name:        "amd64",
	Machine:     elf.EM_X86_64,
	Class:       elf.ELFCLASS64,
	PtrSize:     8,
	Trap:        []byte{0xcc},
	TrapMovesPC: true,
	RegsetSize:  27 * 8,
	RedZone:     128,
	Calls:       Calls{Mmap: 9, Munmap: 11, Sigaction: 13, Clone: 56, Clone3: 435, Vfork: 58},
	pc:          RIP,
	sp:          RSP,
	syscallNr:   OrigRAX,
}

// I386 is 32-bit x86, as a 64-bit kernel shows it
// (arch/x86/include/asm/user_32.h). Its programs are recognised, not traced.
var I386 = &Arch{
	Name:        "i386",
	Machine:     elf.EM_386,
	Class:       elf.ELFCLASS32,
	PtrSize:     4,
	Trap:        []byte{0xcc},
	TrapMovesPC: true,
	RegsetSize:  17 * 4,
}

// ArchByRegset returns the machine whose general registers take size bytes, or
// nil if none is known.
func ArchByRegset(size int) *Arch {
	for _, a := range []*Arch{AMD64, I386} {
		if a.RegsetSize == size {
			return a
		}
	}
	return nil
}
