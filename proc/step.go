package proc

import (
	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// stepping is how far a thread is that runs one instruction at a time.
//
// The SIGTRAP that ends a step is forced upon the thread: while the program has
// that signal blocked, the kernel would unblock it and take the program's handler
// away (force_sig_info_to_task in kernel/signal.c). So the signal is unblocked
// before each step, and blocked again before whatever can see it: a system call, or
// a handler's frame. And a step through a system call would show the trap flag in
// r11, so that calls are run by PTRACE_SYSCALL, to their exit.
type stepping struct {
	next x86Effect    // what the instruction does that it has been resumed at
	from sysdeps.Addr // where that is
	step bool         // it has been resumed by PTRACE_SINGLESTEP, without a signal
	done bool         // instead, the instruction has been run for it

	call   bool // it has stopped inside a system call
	execed bool // which has replaced its program
	broken bool // it has come out of one that a signal has interrupted

	maskKnown bool // blocked is what the program has set
	blocked   bool // the program has SIGTRAP blocked
	lifted    bool // it is unblocked all the same
	held      bool // one of the program's own has come then
	flagKnown bool // ownFlag is what the program has set
	ownFlag   bool // it has set the trap flag itself
	ownTrap   bool // the step that is told has raised a signal of the program's own
}

// Step has the processes run one instruction at a time, and each reported by
// Stepped; the processes that they make as well, if they are followed. Their
// threads are interrupted for it, as Attach does it where system calls are to be
// reported.
func (tr *Tracer) Step(ps ...*Process) error {
	for _, p := range ps {
		if p.stepped {
			continue
		}
		p.stepped = true
		for _, th := range p.threads {
			th.stepping.call = th.state == stopped && th.inCall
			th.stepping.execed = th.stepping.execed && th.stepping.call
		}
	}
	return tr.wake(ps)
}

// DontStep has a process run freely again, of which no thread but the one at whose
// Execed it is called is left.
func (p *Process) DontStep() { p.stepped = false }

// steps tells whether the thread goes on by one instruction.
func (th *Thread) steps() bool { return th.Process.stepped && !th.Process.silent }

// step resumes a stopped thread for one instruction, or up to the next stop of the
// system call that it is in.
func (tr *Tracer) step(th *Thread) error {
	s := &th.stepping
	if s.ownTrap {
		s.ownTrap = false
		return tr.deliverOwnTrap(th)
	}
	resume, err := th.prepareStep()
	if err != nil {
		return err
	}
	if s.next == x86PopsFlags && s.step {
		s.done = th.popFlags(&th.regs)
	}
	if th.dirty {
		if err := ptrace.SetRegs(th.TID, &th.regs); err != nil {
			return err
		}
	}
	th.forget()
	th.state, th.passing = running, false
	if s.done {
		tr.queue = append(tr.queue, report{th.TID, trapStop})
		return nil
	}
	return resume(th.TID, th.sig)
}

// prepareStep finds out how a thread is to be resumed, and sets its signal mask
// for that.
func (th *Thread) prepareStep() (resume func(tid, sig int) error, err error) {
	s := &th.stepping
	broken := s.broken
	s.step, s.broken, s.next = false, false, 0
	if th.inCall {
		return ptrace.Syscall, nil
	}
	regs, err := th.Regs()
	if err != nil {
		return nil, err
	}
	th.settleFlag(regs)
	s.from = regs.PC()
	again := false
	if _, in := regs.Syscall(); in {
		again = restarts(regs.SyscallResult())
	}
	if broken {
		// The mask may be one that the call has set for its own duration
		// (sigsuspend(2)): to set it would end that before the signal has come.
		if again {
			return ptrace.Syscall, nil
		}
		return ptrace.Step, nil
	}
	if th.sig != 0 {
		st, err := ReadStatus(th.TID)
		if err != nil {
			return nil, err
		}
		if st.Caught&(1<<(th.sig-1)) != 0 { // it stops at its handler
			return ptrace.Step, th.blockStepTrap()
		}
	}
	if !again {
		s.next = th.nextEffect(regs)
	}
	if again || s.next == x86Calls {
		return ptrace.Syscall, th.blockStepTrap()
	}
	s.step = th.sig == 0
	return ptrace.Step, th.unblockStepTrap()
}

// unblockStepTrap has SIGTRAP come through although the program blocks it.
func (th *Thread) unblockStepTrap() error {
	s := &th.stepping
	if s.maskKnown && (!s.blocked || s.lifted) {
		return nil
	}
	mask, err := ptrace.SignalMask(th.TID)
	if err != nil {
		return err
	}
	s.maskKnown, s.blocked = true, mask&trapBit != 0
	if !s.blocked {
		return nil
	}
	s.lifted = true
	return ptrace.SetSignalMask(th.TID, mask&^trapBit)
}

// blockStepTrap undoes unblockStepTrap. A SIGTRAP of the program's own that has
// come meanwhile waits again, as it would have.
func (th *Thread) blockStepTrap() error {
	s := &th.stepping
	s.maskKnown = false
	if !s.lifted {
		return nil
	}
	mask, err := ptrace.SignalMask(th.TID)
	if err != nil {
		return err
	}
	if err := ptrace.SetSignalMask(th.TID, mask|trapBit); err != nil {
		return err
	}
	s.lifted = false
	if !s.held {
		return nil
	}
	s.held = false
	return resend(th, unix.SIGTRAP)
}

const trapBit = 1 << (unix.SIGTRAP - 1)

// afterStep looks at a thread that has stopped for SIGTRAP. told is unset if it is
// not, or not only, a step's.
func (tr *Tracer) afterStep(th *Thread) (stop Stop, told bool, err error) {
	s := &th.stepping
	if s.done {
		s.done, s.ownTrap, s.flagKnown = false, s.ownFlag, false
		return Stepped{}, true, nil
	}
	info, err := th.Siginfo()
	if err != nil {
		return nil, false, err
	}
	regs, err := th.Regs()
	if err != nil {
		return nil, false, err
	}
	switch code := info.Code(); {
	case code == int(unix.SIGTRAP):
		// At a handler's first instruction, which has not run (ptrace_notify in
		// signal_setup_done).
		s.maskKnown, s.flagKnown = false, false
		return nil, true, nil
	case code == trapBrkpt, code == trapTrace:
		if s.next == x86Traps {
			return nil, false, nil
		}
		s.ownTrap = s.ownFlag
		s.flagKnown = s.flagKnown && s.next != x86SetsFlags
		return Stepped{}, true, th.hidePushedFlag(regs)
	case code > 0:
		return nil, false, nil
	}
	// Somebody has sent one. If it was pending already when the step ended, the
	// step's own was dropped (legacy_queue).
	ended := s.step && regs.PC() != s.from
	if ended {
		stop, err = Stepped{}, th.hidePushedFlag(regs)
	}
	if s.lifted {
		s.held = true
		return stop, true, err
	}
	s.ownTrap = ended
	return stop, ended, err
}

// The codes of a SIGTRAP that ends a step: of most, and of one through a system call
// (user_single_step_report in arch/x86/kernel/ptrace.c).
const (
	trapBrkpt = 1
	trapTrace = 2
)

// atSteppedCall looks at a thread that enters a system call, which is not reported,
// or comes out of one.
func (th *Thread) atSteppedCall() (Stop, error) {
	s := &th.stepping
	if !s.call {
		s.call, th.inCall, th.atEntry = true, true, true
		return nil, nil
	}
	regs, err := th.Regs()
	if err != nil {
		return nil, err
	}
	execed := s.execed
	s.call, s.execed, s.maskKnown, s.flagKnown = false, false, false, false // it may be sigreturn(2)
	value := regs.SyscallResult()
	s.broken = restarts(value) || value == -int64(unix.EINTR)
	if execed { // it has begun the program, and is none of it
		return nil, nil
	}
	return Stepped{}, nil
}

// endStep lets a thread go on to the stop of the step that it has made already.
func (th *Thread) endStep() error {
	if th.dirty {
		if err := ptrace.SetRegs(th.TID, &th.regs); err != nil {
			return err
		}
	}
	th.forget()
	th.state = running
	return ptrace.Cont(th.TID, 0)
}

// endSteps makes ready a stopped thread to go on freely.
func (th *Thread) endSteps() error {
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	if s := &th.stepping; s.ownTrap {
		s.ownTrap, th.sig = false, int(unix.SIGTRAP)
	}
	th.settleFlag(regs)
	return th.blockStepTrap()
}
