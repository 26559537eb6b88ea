package sysdeps

import "encoding/binary"

// Reg names a register by its place in the machine's register set.
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

// Get returns the register's value. Arch must be a 64-bit machine.
func (r *Regs) Get(reg Reg) uint64 {
	return binary.LittleEndian.Uint64(r.raw[int(reg)*8:])
}

// Set changes the register's value here, not in the thread.
func (r *Regs) Set(reg Reg, v uint64) {
	binary.LittleEndian.PutUint64(r.raw[int(reg)*8:], v)
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
	nr = int64(r.Get(r.Arch.syscallNr))
	return nr, nr >= 0
}

// LeaveSyscall makes the kernel forget that the thread is in a system call, so
// that it does not wind the program counter back to restart it
// (arch_do_signal_or_restart in arch/x86/kernel/signal.c).
func (r *Regs) LeaveSyscall() { r.Set(r.Arch.syscallNr, ^uint64(0)) }
