package inject

import (
	"fmt"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Thread is a stopped thread that does system calls of ours.
type Thread struct {
	PID, TID int
	// Gadget is where its code has a system call instruction.
	Gadget sysdeps.Addr
	// Next waits for its next stop. The error is sysdeps.ErrGone when it has ended.
	Next func() (unix.WaitStatus, error)
}

// Outcome is what has come of a system call.
type Outcome struct {
	Value uint64
	Passed
}

// Passed is what a thread has met on its way.
type Passed struct {
	// Child is the process that the call has made, as its tracer knows it; 0 for none.
	Child int
	// GroupStop says that job control stops the thread, which it has been led out of.
	// It stops anew when it is let go, or goes on and is interrupted.
	GroupStop bool
}

// OutOfReach is a stack pointer that no process can use: one that is let go in the
// middle of a call, since its tracer has been killed, ends instead of going astray.
const OutOfReach = ^uint64(0xfff)

// Call makes the thread do one system call. The error is its errno, or tells why there
// was no call. The thread is left behind the instruction; what is not a general register
// is taken from like, which it is to get back.
func (t *Thread) Call(like *sysdeps.Regs, nr int64, args ...uint64) (Outcome, error) {
	regs := *like
	for r := sysdeps.R15; r <= sysdeps.RDI; r++ {
		regs.Set(r, 0)
	}
	regs.Set(sysdeps.RBP, OutOfReach)
	regs.SetSP(sysdeps.Addr(OutOfReach))
	regs.LeaveSyscall()
	regs.SetPC(t.Gadget)
	regs.Set(regs.Arch.SyscallNr, uint64(nr))
	for i, r := range regs.Arch.SyscallArgs[:len(args)] {
		regs.Set(r, args[i])
	}
	if err := ptrace.SetRegs(t.TID, &regs); err != nil {
		return Outcome{}, err
	}
	passed, err := t.Step()
	if err == nil {
		err = ptrace.GetRegs(t.TID, &regs)
	}
	if err != nil {
		return Outcome{Passed: passed}, err
	}
	if e := regs.SyscallResult(); -4096 < e && e < 0 {
		return Outcome{Passed: passed}, unix.Errno(-e)
	}
	return Outcome{regs.Get(regs.Arch.SyscallNr), passed}, nil
}

// Step steps the thread over a system call instruction. A signal that comes first is sent
// anew behind it: pending again before it, it would come again in place of it.
func (t *Thread) Step() (p Passed, err error) {
	var late []unix.Signal
	defer func() {
		for _, sig := range late {
			if e := unix.Tgkill(t.PID, t.TID, sig); e != nil && err == nil {
				err = &sysdeps.OpError{Op: "tgkill", TID: t.TID, Err: e}
			}
		}
	}()
	for {
		if err := ptrace.Step(t.TID, 0); err != nil {
			return p, err
		}
		st, err := t.Next()
		if err != nil {
			return p, err
		}
		sig, event := st.StopSignal(), int(st)>>16
		switch {
		case event == unix.PTRACE_EVENT_CLONE:
			if p.Child, err = ptrace.EventMessage(t.TID); err != nil {
				return p, err
			}
		case event != 0: // an interrupt, job control, or a filter
			p.GroupStop = p.GroupStop || event == ptrace.EventStop && sig != unix.SIGTRAP
		case !ofKernel(t.TID):
			late = append(late, sig)
		case sig == unix.SIGTRAP:
			return p, nil
		default:
			return p, t.signalled(sig)
		}
	}
}

// signalled describes the signal that a call of ours has become.
func (t *Thread) signalled(sig unix.Signal) error {
	e := &SignalError{Signal: sig}
	var info sysdeps.Siginfo
	var regs sysdeps.Regs
	if ptrace.GetSiginfo(t.TID, &info) == nil {
		e.Code, e.Fault = info.Code(), info.Fault()
	}
	if ptrace.GetRegs(t.TID, &regs) == nil {
		e.PC = regs.PC()
	}
	return e
}

// SignalError says that a system call of ours has not been made, but a signal of it.
type SignalError struct {
	Signal    unix.Signal
	Code      int // si_code
	Fault, PC sysdeps.Addr
}

// Error names the signal, and where it came from.
func (e *SignalError) Error() string {
	return fmt.Sprintf("a system call ends in %s (code %d, address %v) at %v", sysdeps.SignalName(int(e.Signal)), e.Code, e.Fault, e.PC)
}

// ofKernel tells whether the signal that a thread has stopped at is the kernel's answer
// to what the thread does, and was not sent by somebody.
func ofKernel(tid int) bool {
	var info sysdeps.Siginfo
	return ptrace.GetSiginfo(tid, &info) != nil || info.Code() > 0
}
