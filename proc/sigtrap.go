package proc

import (
	"fmt"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// sigaction holds the kernel's struct sigaction of any machine: handler, flags,
// restorer, mask.
type sigaction [32]byte

// NoteTrapBlocked notes that the stopped thread is about to block or unblock
// SIGTRAP. A trap met while it is blocked costs the program its handler, so that
// one is remembered. What cannot be kept is a SIGTRAP that is ignored, and a
// handler that is set while the signal is blocked, or before Sonde came.
func (tr *Tracer) NoteTrapBlocked(th *Thread, blocked bool) error {
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	was, space := th.trapBlocked || th.maskTo.blocked, th.Process.Space
	th.maskTo = trapMask{regs.SP(), blocked}
	if !blocked || was || space.noInject {
		return nil
	}
	at := scratch(regs)
	if _, err := tr.call(th, space.Arch.Calls.Sigaction, uint64(unix.SIGTRAP), 0, uint64(at), 8); err != nil {
		return fmt.Errorf("remember the handler of SIGTRAP: %w", err)
	}
	var act sigaction
	if _, err := space.ReadMemory(act[:space.Arch.SigactionSize], at); err != nil {
		return err
	}
	th.Process.trapAction = nil
	if act != (sigaction{}) { // SIG_DFL needs no care
		th.Process.trapAction = &act
	}
	return nil
}

// blocksTrap tells whether a program has blocked SIGTRAP itself. A C library that
// blocks all signals for a moment, to make a thread or a process, blocks those as
// well that it keeps for itself (the first of them is 32) and no program can.
func (st *Status) blocksTrap() bool {
	const trap, reserved = 1 << (unix.SIGTRAP - 1), 1 << (32 - 1)
	return st.Blocked&(trap|reserved) == trap
}

// scratch is stack memory that nothing uses: below what code may use without
// moving the stack pointer.
func scratch(r *sysdeps.Regs) sysdeps.Addr {
	return (r.SP() - sysdeps.Addr(r.Arch.RedZone) - 64) &^ 15
}

// trapMask is what a call is going to do with SIGTRAP: it has done so once it has
// returned. Before, it still gives its caller the old mask, and a trap in a function
// that it calls itself must leave that as it is.
type trapMask struct {
	sp      sysdeps.Addr // where the stack stood when it began; 0: no call
	blocked bool
}

// stillBlocked tells whether the program has SIGTRAP blocked, at a hit.
func (th *Thread) stillBlocked() bool {
	if th.maskTo.sp != 0 && th.regs.SP() > th.maskTo.sp {
		th.trapBlocked, th.maskTo = th.maskTo.blocked, trapMask{}
	}
	return th.trapBlocked
}

// restoreTrapAction sets the handler again that a trap has cost the program.
func (tr *Tracer) restoreTrapAction(th *Thread) error {
	act, space := th.Process.trapAction, th.Process.Space
	if act == nil || space.noInject {
		return nil
	}
	at := scratch(&th.regs)
	if err := space.WriteMemory(act[:space.Arch.SigactionSize], at); err != nil {
		return err
	}
	_, err := tr.call(th, space.Arch.Calls.Sigaction, uint64(unix.SIGTRAP), uint64(at), 0, 8)
	return err
}

// blockTrapAgain undoes what the kernel did to deliver a trap that the program
// has blocked: it unblocked SIGTRAP, and where one of the program's own was
// pending, that one came in the trap's stead (force_sig_info_to_task and
// legacy_queue in kernel/signal.c). A handler it reset to the default.
func (tr *Tracer) blockTrapAgain(th *Thread) error {
	const bit = 1 << (unix.SIGTRAP - 1)
	mask, err := ptrace.SignalMask(th.TID)
	if err != nil {
		return err
	}
	if mask&bit != 0 {
		return nil
	}
	info, err := th.Siginfo()
	if err != nil {
		return err
	}
	if err := ptrace.SetSignalMask(th.TID, mask|bit); err != nil {
		return err
	}
	if info.Code() != siKernel {
		// The program's own, delivered while it is blocked again: the
		// kernel puts it back, siginfo and all (ptrace_signal).
		th.sig = int(unix.SIGTRAP)
	}
	return tr.restoreTrapAction(th)
}
