package sysdeps

import "encoding/binary"

// Reg names a register. The names of AMD64 stand for the registers of I386 as
// well, where these are their low halves.
type Reg uint8

// The registers of AMD64, in the order of the kernel's user_regs_struct.
const (
	R15 Reg = iota
	R14
	R13
	R12
	RBP
	RBX
	R11
	R10
	R9
	R8
	RAX
	RCX
	RDX
	RSI
	RDI
	OrigRAX
	RIP
	CS
	EFLAGS
	RSP
	SS
	FSBase
	GSBase
	DS
	ES
	FS
	GS
)

// maxRegset holds the largest general register set of any machine (arm64's 34
// words).
const maxRegset = 272

// Regs are a thread's general registers: the kernel's own bytes, the same in
// PTRACE_GETREGSET and in a core file's NT_PRSTATUS.
type Regs struct {
	Arch *Arch
	raw  [maxRegset]byte
}

// Buffer returns the whole storage, for the kernel to write into. The caller
// sets Arch by the number of bytes written.
func (r *Regs) Buffer() []byte { return r.raw[:] }

// Bytes returns the register set in the kernel's layout. Arch must be set.
func (r *Regs) Bytes() []byte { return r.raw[:r.Arch.RegsetSize] }

// Get returns the register's value: on I386 32 bits of it, and 0 for those that
// it has not.
func (r *Regs) Get(reg Reg) uint64 {
	if r.Arch.PtrSize == 8 {
		return binary.LittleEndian.Uint64(r.raw[int(reg)*8:])
	}
	if at := i386Regs[reg]; at != 0 {
		return uint64(binary.LittleEndian.Uint32(r.raw[at-4:]))
	}
	return 0
}

// Set changes the register's value here, not in the thread. What the machine has
// no room for is dropped.
func (r *Regs) Set(reg Reg, v uint64) {
	if r.Arch.PtrSize == 8 {
		binary.LittleEndian.PutUint64(r.raw[int(reg)*8:], v)
	} else if at := i386Regs[reg]; at != 0 {
		binary.LittleEndian.PutUint32(r.raw[at-4:], uint32(v))
	}
}

// i386Regs are the offsets behind the registers of user_regs_struct32; 0 stands
// for those that are not in it.
var i386Regs = [...]uint8{
	RBX: 4, RCX: 8, RDX: 12, RSI: 16, RDI: 20, RBP: 24, RAX: 28,
	DS: 32, ES: 36, FS: 40, GS: 44,
	OrigRAX: 48, RIP: 52, CS: 56, EFLAGS: 60, RSP: 64, SS: 68,
}

// PC returns the program counter.
func (r *Regs) PC() Addr { return Addr(r.Get(r.Arch.pc)) }

// SetPC changes the program counter.
func (r *Regs) SetPC(a Addr) { r.Set(r.Arch.pc, uint64(a)) }

// SP returns the stack pointer.
func (r *Regs) SP() Addr { return Addr(r.Get(r.Arch.sp)) }

// SetSP changes the stack pointer.
func (r *Regs) SetSP(a Addr) { r.Set(r.Arch.sp, uint64(a)) }

// Syscall returns the number of the system call that the thread is in, and
// whether it is in one (the kernel keeps -1 there otherwise).
func (r *Regs) Syscall() (nr int64, in bool) {
	nr = r.signed(r.Arch.syscallNr)
	return nr, nr >= 0
}

// SyscallResult returns what the kernel has answered: an errno, negated, from -1
// to -4095.
func (r *Regs) SyscallResult() int64 { return r.signed(r.Arch.SyscallNr) }

// signed extends the sign of the machine's word.
func (r *Regs) signed(reg Reg) int64 {
	v := r.Get(reg)
	if r.Arch.PtrSize == 4 {
		return int64(int32(v))
	}
	return int64(v)
}

// LeaveSyscall makes the kernel forget that the thread is in a system call, so
// that it does not wind the program counter back to restart it
// (arch_do_signal_or_restart in arch/x86/kernel/signal.c).
func (r *Regs) LeaveSyscall() { r.Set(r.Arch.syscallNr, ^uint64(0)) }
