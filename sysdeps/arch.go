package sysdeps

import (
	"debug/elf"
	"encoding/binary"
)

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
	// SyscallInsn is the instruction that makes one. It takes the number in
	// SyscallNr, which holds the result afterwards, and the arguments in
	// SyscallArgs (syscall(2), "Architecture calling conventions").
	SyscallInsn []byte
	SyscallNr   Reg
	SyscallArgs []Reg
	// SigactionSize is the size in bytes of the kernel's struct sigaction:
	// handler, flags and restorer, a word each, and a mask of 64 bits.
	SigactionSize int
	// Sigreturns are the numbers of those that end a signal handler: they take no
	// argument, but the frame that the stack pointer leads to (sigreturn(2)).
	Sigreturns []int64
	// Syscalls are the system calls that there are. A thread may make those of
	// another machine than its own: a 64-bit one I386's, by int $0x80.
	Syscalls *SyscallTable

	// DWARFRegs are the registers by their numbers in call frame information,
	// and Preserved those that a function leaves as they were.
	DWARFRegs, Preserved []Reg
	// Trampolines are what signal handlers return to.
	Trampolines []Trampoline

	pc, sp, syscallNr Reg
}

// Calls are numbers of system calls on one machine.
type Calls struct {
	Mmap, Munmap, Sigaction, Fork, Clone, Clone3, Vfork, Restart, Prctl, Seccomp, Ioctl, Userfaultfd int64
	Wait4, Unshare, CloseRange, Execve, Execveat                                                     int64
}

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
	Calls: Calls{
		Mmap: 9, Munmap: 11, Sigaction: 13, Fork: 57, Clone: 56, Clone3: 435, Vfork: 58, Restart: 219, Prctl: 157, Seccomp: 317,
		Ioctl: 16, Userfaultfd: 323, Wait4: 61, Unshare: 272, CloseRange: 436, Execve: 59, Execveat: 322,
	},
	SyscallInsn: []byte{0x0f, 0x05}, // syscall
	SyscallNr:   RAX,
	SyscallArgs: []Reg{RDI, RSI, RDX, R10, R8, R9},

	SigactionSize: 3*8 + 8,
	Sigreturns:    []int64{15},
	Syscalls:      amd64Syscalls,

	DWARFRegs:   amd64DWARF,
	Preserved:   amd64Preserved,
	Trampolines: amd64Trampolines,

	pc:        RIP,
	sp:        RSP,
	syscallNr: OrigRAX,
}

// I386 is 32-bit x86 as a 64-bit kernel shows it (user_regs_struct32 in
// arch/x86/include/asm/user32.h). Its registers go by the names of those that
// they are the low halves of: RAX is eax. Mmap is mmap2, whose offset counts in
// pages; Sigaction is rt_sigaction.
var I386 = &Arch{
	Name:        "i386",
	Machine:     elf.EM_386,
	Class:       elf.ELFCLASS32,
	PtrSize:     4,
	Trap:        []byte{0xcc},
	TrapMovesPC: true,
	RegsetSize:  17 * 4,
	Calls: Calls{
		Mmap: 192, Munmap: 91, Sigaction: 174, Fork: 2, Clone: 120, Clone3: 435, Vfork: 190, Restart: 0, Prctl: 172, Seccomp: 354,
		Ioctl: 54, Userfaultfd: 374, Wait4: 114, Unshare: 310, CloseRange: 436, Execve: 11, Execveat: 358,
	},
	SyscallInsn: []byte{0xcd, 0x80}, // int $0x80
	SyscallNr:   RAX,
	SyscallArgs: []Reg{RBX, RCX, RDX, RSI, RDI, RBP},

	SigactionSize: 3*4 + 8,
	Sigreturns:    []int64{119, 173},
	Syscalls:      &SyscallTable{names: i386Syscalls.names, wholes: i386Parts},

	DWARFRegs:   i386DWARF,
	Preserved:   i386Preserved,
	Trampolines: i386Trampolines,

	pc:        RIP,
	sp:        RSP,
	syscallNr: OrigRAX,
}

// ARM64 is 64-bit ARM, of which nothing is known but its system calls: its
// threads cannot be traced, and their registers have no names.
var ARM64 = &Arch{
	Name:     "arm64",
	Machine:  elf.EM_AARCH64,
	Class:    elf.ELFCLASS64,
	PtrSize:  8,
	Syscalls: arm64Syscalls,
}

// Archs are all machines.
var Archs = []*Arch{AMD64, I386, ARM64}

// Word reads the machine's word at the start of p, which holds PtrSize bytes at
// least.
func (a *Arch) Word(p []byte) uint64 {
	if a.PtrSize == 8 {
		return binary.LittleEndian.Uint64(p)
	}
	return uint64(binary.LittleEndian.Uint32(p))
}

// PutWord stores the machine's word at the start of p, and returns its bytes.
func (a *Arch) PutWord(p []byte, v uint64) []byte {
	if a.PtrSize == 8 {
		binary.LittleEndian.PutUint64(p, v)
		return p[:8]
	}
	binary.LittleEndian.PutUint32(p, uint32(v))
	return p[:4]
}

// Audit returns the AUDIT_ARCH_* by which the kernel means the machine: its ELF
// machine with flags of its word size and byte order (include/uapi/linux/audit.h).
func (a *Arch) Audit() uint32 {
	const wide, little = 0x80000000, 0x40000000
	audit := uint32(a.Machine) | little
	if a.Class == elf.ELFCLASS64 {
		audit |= wide
	}
	return audit
}

// ArchByAudit returns the machine that the kernel means by an AUDIT_ARCH_*, or nil if
// it is unknown.
func ArchByAudit(audit uint32) *Arch {
	for _, a := range []*Arch{AMD64, I386} {
		if a.Audit() == audit {
			return a
		}
	}
	return nil
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
