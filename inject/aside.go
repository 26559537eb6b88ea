package inject

import (
	"errors"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Aside is what would make something else of a system call of ours, or would be changed by
// it: the signals that a thread takes, where its system calls may come from, the
// restartable sequence that it is in, and the signal that it has stopped at.
type Aside struct {
	tid      int
	mask     uint64
	dispatch ptrace.Dispatch
	section  uint64 // the pointer to the sequence's description, or 0
	signal   int    // that it takes when it goes on, or 0
	siginfo  sysdeps.Siginfo
}

// allSignals are the signals that are blocked during a call: all but SIGTRAP, which the
// kernel would unblock for the step's sake, and SIGSYS, which it would for the call's. It
// resets dispositions on the way (force_sig_info_to_task in kernel/signal.c).
const allSignals = ^uint64(1<<(unix.SIGTRAP-1) | 1<<(unix.SIGSYS-1))

// SetAside makes a stopped thread ready for calls of ours. signal is the one that it is
// about to take, or 0.
func SetAside(tid, signal int) (*Aside, error) {
	a := &Aside{tid: tid, dispatch: ptrace.GetDispatch(tid), signal: signal}
	var err error
	if signal != 0 {
		if err = ptrace.GetSiginfo(tid, &a.siginfo); err != nil {
			return nil, err
		}
	}
	if a.mask, err = ptrace.SignalMask(tid); err != nil {
		return nil, err
	}
	if a.section, err = ptrace.RseqSection(tid); err != nil {
		return nil, err
	}
	if err = ptrace.SetSignalMask(tid, allSignals); err != nil {
		return nil, err
	}
	if a.dispatch.On() { // it would make a signal of the call
		if err = ptrace.SetDispatch(tid, ptrace.Dispatch{}); err != nil {
			return nil, errors.Join(err, ptrace.SetSignalMask(tid, a.mask))
		}
	}
	return a, nil
}

// PutBack puts all that back. The thread stands where it stood, still or again: where it
// goes on somewhere else than in its sequence, the kernel forgets of that (rseq_ip_fixup
// in kernel/rseq.c), so that it would be finished, not begun anew.
func (a *Aside) PutBack() error {
	errs := []error{ptrace.SetSignalMask(a.tid, a.mask)}
	if a.dispatch.On() {
		errs = append(errs, ptrace.SetDispatch(a.tid, a.dispatch))
	}
	if a.section != 0 {
		errs = append(errs, ptrace.SetRseqSection(a.tid, a.section))
	}
	if a.signal != 0 {
		// It is taken when the thread goes on, from where it stands now.
		errs = append(errs, ptrace.SetSiginfo(a.tid, &a.siginfo))
	}
	for _, err := range errs {
		if errors.Is(err, sysdeps.ErrGone) {
			return err
		}
	}
	return errors.Join(errs...)
}
