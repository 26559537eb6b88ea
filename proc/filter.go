package proc

import (
	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/seccomp"
	"sonde/sysdeps/ptrace"
)

// A program that has been launched under a filter (ptrace.Program.Filter) stops at the
// calls that the filter chooses alone. Its threads go on by PTRACE_CONT, and by
// PTRACE_SYSCALL from a chosen call's entry to its exit:
//
//	PTRACE_EVENT_SECCOMP    enter; on by PTRACE_SYSCALL
//	SIGTRAP | 0x80          exit; on by PTRACE_CONT
//
// A filter of the program's own may answer before ours is heard: what forbids a call
// outranks what stops at it, and of two that stop the newer is heard (seccomp(2)). So
// a thread that gets one goes by PTRACE_SYSCALL altogether, as do those that it makes:
//
//	SIGTRAP | 0x80          enter
//	PTRACE_EVENT_SECCOMP    nothing to tell, if it is ours that stops it
//	SIGTRAP | 0x80          exit
//
// Nothing takes a filter away, and where it stops a thread that nobody traces the call
// fails with ENOSYS. Such processes are never let go: those that are not to be traced,
// or not any more, stay as silent ones.

// underFilter tells whether a process was launched under a filter, or comes of one
// that was.
func (p *Process) underFilter() bool { return p.Root.filtered }

// reportsCall tells whether a thread that goes on is to stop at its next entry or exit
// of a system call.
func (tr *Tracer) reportsCall(th *Thread) bool {
	p := th.Process
	return tr.Syscalls && !p.silent && (!p.underFilter() || th.everyCall || th.phase == enteredCall)
}

// atFilter looks at the stop that a filter causes.
func (tr *Tracer) atFilter(th *Thread) (stop Stop, err error) {
	data, err := ptrace.EventMessage(th.TID)
	if err != nil {
		return nil, err
	}
	th.inCall, th.atEntry = true, true
	if th.phase != enteredCall && !th.Process.silent {
		th.phase = outsideCall
		if stop, err = tr.atSyscall(th); err != nil {
			return nil, err
		}
	}
	if data != seccomp.Data {
		err = th.refuse()
	}
	return stop, err
}

// refuse has the call that a thread stands at the entry of fail as it does where a
// filter stops a thread that has no tracer (SECCOMP_RET_TRACE in __seccomp_filter).
func (th *Thread) refuse() error {
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	failure := -int64(unix.ENOSYS)
	regs.LeaveSyscall()
	regs.Set(regs.Arch.SyscallNr, uint64(failure))
	th.Changed()
	return nil
}

// steered looks at a call that a thread is about to make, whether it gives the thread a
// filter of its own: then the thread goes by PTRACE_SYSCALL from here on, and so do all
// of the process if they are to get it too, before they do.
func (tr *Tracer) steered(th *Thread) error {
	installs, everywhere := seccomp.Installs(th.call.Arch, th.call.Nr, &th.call.Args)
	if !installs {
		return nil
	}
	everywhere = everywhere && len(th.Process.threads) > 1
	if !th.everyCall {
		tr.debugf("thread %d: PTRACE_SYSCALL from here on: it asks for a seccomp filter of its own", th.TID)
		th.everyCall, th.installing = true, !everywhere
	}
	if !everywhere {
		return nil
	}
	var others []*Thread
	for _, o := range th.Process.threads {
		if !o.everyCall && o.state == running && !tr.queued(o.TID) {
			others = append(others, o)
		}
	}
	err := tr.gather(others)
	for _, o := range th.Process.threads {
		o.everyCall = true
	}
	for _, o := range others {
		if o.state == stopped && !tr.queued(o.TID) {
			tr.goOn(o)
		}
	}
	return err
}

// installed takes that back where the call has failed: programs ask so whether there
// are filters.
func (th *Thread) installed(failed bool) {
	if th.installing && failed {
		th.everyCall = false
	}
	th.installing = false
}

// holdPassed is for a thread that we have interrupted in a call which a filter had let
// pass: if restart_syscall(2) is to go on with it, that is no business of the program's.
func (th *Thread) holdPassed() error {
	if !th.passing || th.held != nil {
		return nil
	}
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	if nr, in := regs.Syscall(); in && regs.SyscallResult() == -eRestartBlock {
		th.call = Syscall{Arch: th.archOfCall(regs), Nr: nr}
		passed := th.call
		th.held = &passed
	}
	return nil
}

// keepSilent keeps a new process that is not followed, and takes our traps out of its
// memory, which is a copy.
func (tr *Tracer) keepSilent(child *Thread, from *Space) error {
	s, err := passingSpace(child.TID, from)
	p := child.Process
	p.Space, p.silent = s, true
	if err == nil {
		err = from.Table.RestoreCopy(s)
	}
	if err == nil {
		err = child.leaveSlot()
	}
	if s.mem >= 0 && spare(s.mem) {
		s.close()
	}
	s.Table = breakpoint.NewTable(from.Arch)
	s.processes[p] = struct{}{}
	child.unpin()
	tr.add(child)
	return ignoreGone(err)
}

// hush lets a thread, from whose memory our traps have been taken, go on untold.
func (tr *Tracer) hush(th *Thread) {
	th.Process.silent = true
	th.held, th.due = nil, nil
	th.unpin()
	tr.goOn(th)
}

// seeOut stays with what cannot be let go until it ends.
func (tr *Tracer) seeOut() error {
	for _, th := range tr.threads {
		if th.Process.underFilter() {
			tr.failure = nil
			for range tr.Stops() { // nothing is told any more
			}
			return tr.failure
		}
	}
	return nil
}
