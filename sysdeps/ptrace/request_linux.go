package ptrace

import (
	"bytes"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// EventStop is PTRACE_EVENT_STOP: what a seized thread reports when it is
// born, interrupted, group-stopped or continued (include/uapi/linux/ptrace.h;
// missing in x/sys).
const EventStop = 128

// Options of Seize, which arm the events of the same names.
const (
	OptSysGood   = unix.PTRACE_O_TRACESYSGOOD
	OptFork      = unix.PTRACE_O_TRACEFORK
	OptVfork     = unix.PTRACE_O_TRACEVFORK
	OptClone     = unix.PTRACE_O_TRACECLONE
	OptExec      = unix.PTRACE_O_TRACEEXEC
	OptVforkDone = unix.PTRACE_O_TRACEVFORKDONE
	OptExit      = unix.PTRACE_O_TRACEEXIT
	OptSeccomp   = unix.PTRACE_O_TRACESECCOMP
	OptExitKill  = unix.PTRACE_O_EXITKILL
	// OptNoSeccomp suspends the filters of a thread, for tracers with CAP_SYS_ADMIN
	// that are under none themselves, where the kernel can checkpoint processes.
	OptNoSeccomp = unix.PTRACE_O_SUSPEND_SECCOMP
)

const ntPRStatus = 1 // NT_PRSTATUS, elf.h

// request makes one ptrace call. None of the requests that it is used for can
// block, so the scheduler need not be told (RawSyscall).
func request(req, tid int, addr, data uintptr) syscall.Errno {
	_, _, e := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(req), uintptr(tid), addr, data, 0, 0)
	return e
}

func opError(op string, tid int, e syscall.Errno) error {
	if e == 0 {
		return nil
	}
	return &sysdeps.OpError{Op: op, TID: tid, Err: e}
}

// Seize makes the calling thread the tracer of tid without stopping it. It
// sleeps while an exec is under way in the process (ptrace_attach takes
// cred_guard_mutex), and no signal ends that.
func Seize(tid int, options uintptr) error {
	_, _, e := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(tid), 0, options, 0, 0)
	return opError("PTRACE_SEIZE", tid, e)
}

// SetOptions replaces the options of a stopped thread.
func SetOptions(tid int, options uintptr) error {
	return opError("PTRACE_SETOPTIONS", tid, request(unix.PTRACE_SETOPTIONS, tid, 0, options))
}

// Interrupt asks a seized thread to stop with EventStop.
func Interrupt(tid int) error {
	return opError("PTRACE_INTERRUPT", tid, request(unix.PTRACE_INTERRUPT, tid, 0, 0))
}

// Listen lets a group-stopped thread stay stopped while its next event is
// awaited.
func Listen(tid int) error {
	return opError("PTRACE_LISTEN", tid, request(unix.PTRACE_LISTEN, tid, 0, 0))
}

// Cont lets a stopped thread run, delivering sig unless it is 0.
func Cont(tid, sig int) error {
	return opError("PTRACE_CONT", tid, request(unix.PTRACE_CONT, tid, 0, uintptr(sig)))
}

// Step lets a stopped thread run one instruction, delivering sig unless it is 0.
func Step(tid, sig int) error {
	return opError("PTRACE_SINGLESTEP", tid, request(unix.PTRACE_SINGLESTEP, tid, 0, uintptr(sig)))
}

// Detach lets a stopped thread go for good, delivering sig unless it is 0.
func Detach(tid, sig int) error {
	return opError("PTRACE_DETACH", tid, request(unix.PTRACE_DETACH, tid, 0, uintptr(sig)))
}

// GetRegs reads the general registers of a stopped thread and sets r.Arch by
// their size, which is how the kernel tells what the thread runs.
func GetRegs(tid int, r *sysdeps.Regs) error {
	buf := r.Buffer()
	iov := unix.Iovec{Base: &buf[0]}
	iov.SetLen(len(buf))
	if e := request(unix.PTRACE_GETREGSET, tid, ntPRStatus, uintptr(unsafe.Pointer(&iov))); e != 0 {
		return opError("PTRACE_GETREGSET", tid, e)
	}
	if r.Arch = sysdeps.ArchByRegset(int(iov.Len)); r.Arch == nil {
		return opError("PTRACE_GETREGSET", tid, unix.ENOEXEC)
	}
	return nil
}

// SetRegs writes the general registers of a stopped thread.
func SetRegs(tid int, r *sysdeps.Regs) error {
	buf := r.Bytes()
	iov := unix.Iovec{Base: &buf[0]}
	iov.SetLen(len(buf))
	return opError("PTRACE_SETREGSET", tid, request(unix.PTRACE_SETREGSET, tid, ntPRStatus, uintptr(unsafe.Pointer(&iov))))
}

// NT_PRFPREG, NT_PRXFPREG, NT_X86_XSTATE, NT_386_TLS (include/uapi/linux/elf.h).
const (
	ntPRFPReg   = 2
	ntPRXFPReg  = 0x46e62b7f
	ntX86XState = 0x202
	nt386TLS    = 0x200
)

// GetVectors reads the x87 and vector registers of a stopped thread, as many as
// the kernel has. Where it lacks XSAVE, those are xmm0 to xmm15 and the x87's: in
// NT_PRFPREG of a 64-bit thread, but in NT_PRXFPREG of a 32-bit one, whose
// NT_PRFPREG is FSAVE's.
func GetVectors(tid int, arch *sysdeps.Arch, v *sysdeps.Vectors) error {
	set := uintptr(ntX86XState)
	for {
		buf := v.Buffer()
		iov := unix.Iovec{Base: &buf[0]}
		iov.SetLen(len(buf))
		e := request(unix.PTRACE_GETREGSET, tid, set, uintptr(unsafe.Pointer(&iov)))
		switch {
		case e == 0:
			v.SetLayout(int(iov.Len), zmmHigh())
			return nil
		case set != ntX86XState || e == unix.ESRCH:
			return opError("PTRACE_GETREGSET", tid, e)
		case arch.PtrSize == 8:
			set = ntPRFPReg
		default:
			set = ntPRXFPReg
		}
	}
}

// Regset is a set of registers, as PTRACE_GETREGSET and core files number them
// (NT_* of linux/elf.h).
type Regset uint32

// The sets that GetRegset gives.
const (
	FPRegs  Regset = ntPRFPReg   // FXSAVE's area, of I386 FSAVE's
	XState  Regset = ntX86XState // XSAVE's area
	FXState Regset = ntPRXFPReg  // of I386: FXSAVE's area
	TLS     Regset = nt386TLS    // of I386: descriptors of thread-local storage
)

// GetRegset returns a stopped thread's registers of a set, as the kernel has them.
func GetRegset(tid int, set Regset) ([]byte, error) {
	buf := make([]byte, maxRegset)
	iov := unix.Iovec{Base: &buf[0]}
	iov.SetLen(len(buf))
	if e := request(unix.PTRACE_GETREGSET, tid, uintptr(set), uintptr(unsafe.Pointer(&iov))); e != 0 {
		return nil, opError("PTRACE_GETREGSET", tid, e)
	}
	return bytes.Clone(buf[:iov.Len]), nil
}

// maxRegset is larger than the XSAVE area of any machine: with AMX it has 11 KiB.
const maxRegset = 16 << 10

// GetSiginfo reads the siginfo of the signal that a thread has stopped for.
func GetSiginfo(tid int, info *sysdeps.Siginfo) error {
	return opError("PTRACE_GETSIGINFO", tid, request(unix.PTRACE_GETSIGINFO, tid, 0, uintptr(unsafe.Pointer(info))))
}

// SetSiginfo changes what is delivered with the signal that a thread has stopped
// for.
func SetSiginfo(tid int, info *sysdeps.Siginfo) error {
	return opError("PTRACE_SETSIGINFO", tid, request(unix.PTRACE_SETSIGINFO, tid, 0, uintptr(unsafe.Pointer(info))))
}

// EventMessage returns what goes with the event that a thread has stopped
// for: the new thread's id, or after an exec the former id.
func EventMessage(tid int) (int, error) {
	var msg uint64
	e := request(unix.PTRACE_GETEVENTMSG, tid, 0, uintptr(unsafe.Pointer(&msg)))
	return int(msg), opError("PTRACE_GETEVENTMSG", tid, e)
}

// SignalMask returns the blocked signals of a stopped thread; bit n-1 stands
// for signal n.
func SignalMask(tid int) (uint64, error) {
	var mask uint64
	e := request(unix.PTRACE_GETSIGMASK, tid, unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	return mask, opError("PTRACE_GETSIGMASK", tid, e)
}

// SetSignalMask changes the blocked signals of a stopped thread.
func SetSignalMask(tid int, mask uint64) error {
	e := request(unix.PTRACE_SETSIGMASK, tid, unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	return opError("PTRACE_SETSIGMASK", tid, e)
}

// userGSBase is the offset of gs_base in x86-64's struct user
// (arch/x86/include/asm/user_64.h).
const userGSBase = 22 * 8

// GSBase returns the base of a stopped thread's GS segment: on I386, whose
// register set holds its selector alone, the thread pointer. The kernel looks into
// the thread's descriptors (x86_gsbase_read_task).
func GSBase(tid int) (sysdeps.Addr, error) {
	var base uint64
	e := request(unix.PTRACE_PEEKUSR, tid, userGSBase, uintptr(unsafe.Pointer(&base)))
	return sysdeps.Addr(base), opError("PTRACE_PEEKUSER", tid, e)
}

// ntX86ShadowStack is NT_X86_SHSTK (include/uapi/linux/elf.h).
const ntX86ShadowStack = 0x204

// HasShadowStack tells whether a stopped thread runs with a user shadow stack.
func HasShadowStack(tid int) bool {
	var ssp uint64
	iov := unix.Iovec{Base: (*byte)(unsafe.Pointer(&ssp))}
	iov.SetLen(8)
	return request(unix.PTRACE_GETREGSET, tid, ntX86ShadowStack, uintptr(unsafe.Pointer(&iov))) == 0
}

// kcmpVM is KCMP_VM (include/uapi/linux/kcmp.h).
const kcmpVM = 1

// SameMemory tells whether two processes or threads share one address space.
// The error is errors.ErrUnsupported where the kernel has no kcmp(2).
func SameMemory(a, b int) (bool, error) {
	r, _, e := unix.RawSyscall6(unix.SYS_KCMP, uintptr(a), uintptr(b), kcmpVM, 0, 0, 0)
	if e != 0 {
		return false, opError("kcmp", a, e)
	}
	return r == 0, nil
}
