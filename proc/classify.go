package proc

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// siKernel is SI_KERNEL: the si_code of the terminal's signals, and of the SIGTRAP that int3 raises
// (arch/x86/kernel/traps.c, do_int3_user).
const siKernel = 0x80

// classify turns what wait4 said of a thread into a stop, or nil when the stop
// is nobody's business. The cases, by status and event:
//
//	exited or killed               Exited
//	event FORK, VFORK, CLONE       Spawned, once the child has stopped too
//	event EXEC                     Execed
//	event VFORK_DONE               nil
//	event SECCOMP                  SyscallEnter, or nil when it has been told
//	event STOP, stopping signal    GroupStop: job control
//	event STOP, SIGTRAP            nil: born, interrupted, or SIGCONT came
//	SIGTRAP | 0x80                 SyscallEnter, SyscallExit, or nil when we caused it
//	SIGTRAP, at a breakpoint       Hit, or nil when it was reported before
//	SIGTRAP, a breakpoint's ghost  nil, wound back
//	any other signal               Signal
func (tr *Tracer) classify(th *Thread, status unix.WaitStatus) (*Thread, Stop, error) {
	if !status.Stopped() {
		return th, tr.ended(th, status), nil
	}
	sig, ev := int(status.StopSignal()), event(status)
	th.stop(ev)
	if sig != int(ptrace.SyscallStop) && ev != unix.PTRACE_EVENT_SECCOMP {
		th.outOfCall(sig, ev)
	}
	if th.seized || th.passing && sig != int(ptrace.SyscallStop) && (ev == 0 || ev == ptrace.EventStop) {
		// What it comes out of, if anything, it was not seen to enter.
		th.seized = false
		if err := tr.suspendedBefore(th); err != nil {
			return th, nil, err
		}
	}
	if !th.tellsEnd && len(th.Process.threads) > 1 && th.TID == th.Process.PID && ev != unix.PTRACE_EVENT_EXEC {
		if still, err := tr.tellEnd(th); err != nil || !still {
			th.state = running
			return nil, nil, ignoreGone(err)
		}
	}
	if th.steps() && sig != int(ptrace.SyscallStop) {
		th.stepping.call = th.inCall
	}
	switch ev {
	case unix.PTRACE_EVENT_FORK, unix.PTRACE_EVENT_VFORK, unix.PTRACE_EVENT_CLONE:
		stop, err := tr.spawned(th, ev)
		return th, stop, err
	case unix.PTRACE_EVENT_EXEC:
		return tr.execed(th)
	case unix.PTRACE_EVENT_SECCOMP:
		stop, err := tr.atFilter(th)
		return th, stop, err
	case ptrace.EventStop:
		if th.group = sig != int(unix.SIGTRAP); th.group && !th.Process.silent {
			return th, GroupStop{sig}, nil
		}
	case 0:
		stop, err := tr.signalOrTrap(th, sig)
		return th, stop, err
	}
	return th, nil, nil
}

// stop makes ready for a new stop, by the event that it is for, if it is.
func (th *Thread) stop(ev int) {
	th.forget()
	th.state, th.sig, th.group, th.hit = stopped, 0, false, nil
	th.inVfork, th.inCall, th.atEntry = false, ev != 0 && ev != ptrace.EventStop, false
	if ev == ptrace.EventStop {
		th.interrupted = false
	}
}

func (tr *Tracer) signalOrTrap(th *Thread, sig int) (Stop, error) {
	switch sig {
	case int(ptrace.SyscallStop):
		if th.steps() {
			return th.atSteppedCall()
		}
		return tr.atSyscall(th)
	case int(unix.SIGTRAP):
		return tr.trapped(th)
	}
	return tr.signalled(th, sig)
}

// trapped tells our traps from the program's own.
func (tr *Tracer) trapped(th *Thread) (Stop, error) {
	regs, err := th.Regs()
	if err != nil {
		return nil, err
	}
	table, pc := th.Process.Space.Table, regs.PC()
	if th.ownTrap {
		th.ownTrap = false
		return tr.signalled(th, int(unix.SIGTRAP))
	}
	if th.steps() {
		if stop, told, err := tr.afterStep(th); told || err != nil {
			return stop, err
		}
	}
	if b := table.Trapped(pc); b != nil {
		ours := true
		if pc == th.resumedAt {
			info, err := th.Siginfo()
			if err != nil {
				return nil, err
			}
			ours = info.Code() == siKernel
		}
		if ours {
			return tr.atBreakpoint(th, b)
		}
	} else if at, ok := table.Removed(pc); ok {
		info, err := th.Siginfo()
		if err != nil {
			return nil, err
		}
		var now [1]byte
		if info.Code() == siKernel {
			if _, err := th.Process.Space.ReadMemory(now[:], at); err == nil && now[0] != th.Process.Space.Arch.Trap[0] {
				regs.SetPC(at)
				th.Changed()
				return nil, nil
			}
		}
	}
	return tr.signalled(th, int(unix.SIGTRAP))
}

// atBreakpoint sets the thread back to the breakpoint that it has run into.
func (tr *Tracer) atBreakpoint(th *Thread, b *breakpoint.Breakpoint) (Stop, error) {
	th.regs.SetPC(b.Addr)
	th.Changed()
	th.hit = b
	if th.stillBlocked() {
		if err := tr.blockTrapAgain(th); err != nil {
			return nil, err
		}
	}
	if th.cameAgain(b.Addr, th.regs.SP()) {
		return nil, nil
	}
	if th.Process.silent {
		return nil, nil
	}
	return Hit{b}, nil
}

// signalled reports a signal. Where it finds the thread inside a slot, the
// program is to see its own program counter.
func (tr *Tracer) signalled(th *Thread, sig int) (Stop, error) {
	th.sig = sig
	if err := th.leaveSlot(); err != nil {
		return nil, err
	}
	if sig == int(unix.SIGILL) || sig == int(unix.SIGFPE) {
		if err := th.ownFaultAddress(); err != nil {
			return nil, err
		}
	}
	if th.Process.silent {
		return nil, nil
	}
	return Signal{sig}, nil
}

// ownFaultAddress makes si_addr the program's own where it names the faulting
// instruction and that ran in a slot.
func (th *Thread) ownFaultAddress() error {
	info, err := th.Siginfo()
	if err != nil || info.Code() <= 0 {
		return err
	}
	if own, _, ok := th.Process.Space.Table.Outside(info.Fault()); ok {
		info.SetFault(own)
		return ptrace.SetSiginfo(th.TID, &info)
	}
	return nil
}

// leaveSlot sets a thread that stands inside a slot to the place in the
// program that the slot stands for.
func (th *Thread) leaveSlot() error {
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	if own, executed, ok := th.Process.Space.Table.Outside(regs.PC()); ok {
		if !executed {
			th.comesAgain(own, regs.SP())
		}
		regs.SetPC(own)
		th.Changed()
	}
	return nil
}

// spawned makes the new thread known and waits for it to stop, which it does
// before its first instruction.
func (tr *Tracer) spawned(th *Thread, ev int) (Stop, error) {
	tid, err := eventMessage(th.TID, ev)
	if err != nil {
		return nil, err
	}
	status, err := tr.firstStop(tid)
	if err != nil {
		return nil, err
	}
	child := &Thread{TID: tid, state: stopped, trapBlocked: th.trapBlocked, affinity: th.affinity, everyCall: th.everyCall}
	if th.tellsEnd { // options are inherited
		if err := ptrace.SetOptions(tid, th.options()); err != nil {
			return nil, ignoreGone(err)
		}
	}
	th.inVfork = ev == unix.PTRACE_EVENT_VFORK
	child.group = event(status) == ptrace.EventStop && status.StopSignal() != unix.SIGTRAP
	ok, err := tr.joinParent(th, child, ev)
	if ok {
		th.child = child
	}
	if !ok || err != nil {
		return nil, err
	}
	if child.Process.silent || th.Process.silent {
		return nil, nil
	}
	return Spawned{child}, nil
}

// joinParent gives a new thread its process and address space. It returns
// false when the thread is a process that is not followed and is gone already.
func (tr *Tracer) joinParent(th, child *Thread, ev int) (bool, error) {
	parent := th.Process
	if unix.Tgkill(parent.PID, child.TID, 0) == nil {
		child.Process = parent
		tr.add(child)
		return true, nil
	}
	shared, err := tr.sharesMemory(th, child.TID, ev)
	if err != nil {
		return false, err
	}
	p := &Process{PID: child.TID, Root: parent.Root, stepped: parent.stepped, threads: make(map[int]*Thread)}
	child.Process = p
	switch {
	case shared:
		p.Space, p.silent = parent.Space, parent.silent || !tr.Follow
	case parent.silent || !tr.Follow:
		return tr.leaveOut(child, parent.Space)
	default:
		p.Space, err = copiedSpace(child.TID, parent.Space, ev == unreported && parent.several)
		if errors.Is(err, sysdeps.ErrGone) {
			return false, nil
		}
		if err != nil {
			kept, leaveErr := tr.leaveOut(child, parent.Space)
			return kept, errors.Join(fmt.Errorf("process %d is not traced: %w", child.TID, err), leaveErr)
		}
	}
	p.Space.processes[p] = struct{}{}
	tr.add(child)
	return true, nil
}

// leaveOut has a new process run untold. kept says that it stays a tracee all the same.
func (tr *Tracer) leaveOut(child *Thread, from *Space) (kept bool, err error) {
	if child.Process.underFilter() {
		return true, tr.keepSilent(child, from)
	}
	return false, tr.letGo(child, from)
}

// letGo frees a new process that is not followed: its memory is a copy, traps
// and all.
func (tr *Tracer) letGo(child *Thread, from *Space) error {
	s, err := passingSpace(child.TID, from)
	if err != nil {
		return ignoreGone(err)
	}
	defer s.close()
	if err := from.Table.RestoreCopy(s); err != nil {
		return ignoreGone(err)
	}
	child.Process.Space = s
	if err := child.leaveSlot(); err != nil {
		return ignoreGone(err)
	}
	return ignoreGone(tr.detach(child))
}

// sharesMemory asks whether the child runs in its parent's address space; the
// kind of event alone does not tell (a clone with CLONE_VM and SIGCHLD comes as
// FORK).
func (tr *Tracer) sharesMemory(th *Thread, child, ev int) (bool, error) {
	same, err := ptrace.SameMemory(th.TID, child)
	if err == nil || errors.Is(err, sysdeps.ErrGone) {
		return same, ignoreGone(err)
	}
	tr.debugf("whether a child shares memory is told by the flags of the call that has made it: %v", err)
	// No kcmp(2): the flags of the call that the parent is still in.
	regs, err := th.Regs()
	if err != nil {
		return false, err
	}
	calls, first := &regs.Arch.Calls, regs.Get(regs.Arch.SyscallArgs[0])
	switch nr, _ := regs.Syscall(); nr {
	case calls.Clone:
		return first&unix.CLONE_VM != 0, nil
	case calls.Clone3:
		var flags [8]byte
		if _, err := th.Process.Space.ReadMemory(flags[:], sysdeps.Addr(first)); err != nil {
			return false, err
		}
		return flags[1]&(unix.CLONE_VM>>8) != 0, nil
	}
	return ev == unix.PTRACE_EVENT_VFORK, nil
}

// execed moves a process to its new address space.
func (tr *Tracer) execed(th *Thread) (*Thread, Stop, error) {
	former := th.TID
	if th.former != 0 {
		former, th.former = th.former, 0
	}
	p := th.Process
	th.resumedAt, th.again, p.trapAction = 0, nil, nil
	th.stepping = stepping{call: true, execed: true}
	regs, err := th.Regs()
	if err != nil {
		return th, nil, err
	}
	tr.adopt(p)
	old := p.Space
	if old != nil {
		old.vacate(p) // first: its descriptor may be the last one to be had
	}
	space, err := newSpace(th.TID, regs.Arch, breakpoint.NewTable(regs.Arch))
	p.Space = space
	space.processes[p] = struct{}{}
	switch {
	case errors.Is(err, sysdeps.ErrGone):
		return th, nil, err
	case err != nil && !p.silent:
		return th, nil, errors.Join(fmt.Errorf("process %d is not traced any more: %w", p.PID, err), tr.giveUp(th))
	}
	if space.Table.ShadowStack = ptrace.HasShadowStack(th.TID); space.Table.ShadowStack {
		tr.debugf("process %d has a shadow stack: calls and returns under breakpoints are stepped in place", p.PID)
	}
	if p.silent {
		return th, nil, tr.giveUp(th)
	}
	return th, Execed{FormerTID: former, Old: old}, nil
}

// giveUp has a process that has executed a new program, without a trap in it, go on
// untold.
func (tr *Tracer) giveUp(th *Thread) error {
	p := th.Process
	if p.silent = true; p.underFilter() {
		return nil
	}
	err := tr.release(th)
	p.Space.leave(p)
	return err
}

// ended takes a thread out that has ended.
func (tr *Tracer) ended(th *Thread, status unix.WaitStatus) Stop {
	p := th.Process
	tr.remove(th)
	ex := Exited{Process: th.TID == p.PID}
	if status.Signaled() {
		ex.Signal, ex.Core = int(status.Signal()), status.CoreDump()
	} else {
		ex.Status = status.ExitStatus()
	}
	if ex.Process {
		for _, other := range p.threads { // they went without a word, in an exec
			tr.remove(other)
		}
		tr.adopt(p)
		if ex.Signal != 0 {
			tr.bereft = p
		}
		if ex.Signal != 0 || p.several {
			tr.last = p
		}
		p.Space.leave(p)
	}
	th.state = released
	if p.silent && !p.Launched {
		return nil
	}
	return ex
}

func ignoreGone(err error) error {
	if errors.Is(err, sysdeps.ErrGone) {
		return nil
	}
	return err
}
