package proc

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// DetachAll lets every tracee go, as Detach does.
func (tr *Tracer) DetachAll() error {
	_, err := tr.Detach(func(*Process) bool { return true })
	return err
}

// Detach lets the chosen processes go whole, and returns them: all their
// threads are gathered, each is set to an instruction of the program itself, all
// breakpoints are taken out, and the signal that a thread has stopped for is
// delivered. Processes that share an address space are to be chosen together.
// Of the launched program the loop still reports the end. Those that run under a
// filter are let go in that no stop of theirs is reported any more; they come out of
// Detach once.
func (tr *Tracer) Detach(which func(*Process) bool) ([]*Process, error) {
	err := tr.park(which)
	// The thread that is to unmap the slots, for each address space.
	spaces := make(map[*Space]*Thread)
	var leaving []*Thread
	for _, th := range tr.threads {
		if !which(th.Process) || th.leaving {
			continue
		}
		// Leaders go first: if another thread went before it and called exec,
		// its leader would stop on its way out, for nobody.
		at := len(leaving)
		if th.TID == th.Process.PID {
			at = 0
		}
		leaving = slices.Insert(leaving, at, th)
		if s := th.Process.Space; th.parked && th.canCall() {
			spaces[s] = th
		} else if spaces[s] == nil {
			spaces[s] = nil
		}
	}
	for s, th := range spaces {
		err = errors.Join(err, ignoreGone(tr.clean(s, th)))
	}
	gone := make(map[*Process]bool)
	var ps []*Process
	for _, th := range leaving {
		p := th.Process
		if !gone[p] && !(p.silent && p.underFilter()) {
			gone[p] = true
			ps = append(ps, p)
		}
		if p.underFilter() {
			tr.hush(th)
			continue
		}
		if !th.parked {
			th.leaving, tr.departing = true, true // when it comes out of the kernel
			continue
		}
		err = errors.Join(err, tr.release(th))
	}
	for _, p := range ps {
		if len(p.threads) == 0 && (tr.launched == nil || tr.launched.Process != p) {
			p.Space.leave(p)
		}
	}
	return ps, err
}

// canCall tells whether calls can be injected into a parked thread: not inside
// a system call that has begun and is not to be restarted, and not where they would
// take the place of a signal, or of job control.
func (th *Thread) canCall() bool { return !th.group && (!th.inCall || th.atEntry) && th.sig == 0 }

// letLeave detaches a thread that was not to be had when its process was let go.
func (tr *Tracer) letLeave(th *Thread, status unix.WaitStatus) error {
	ev := event(status)
	th.stop(ev)
	if sig := status.StopSignal(); ev == 0 && sig != ptrace.SyscallStop {
		th.sig = int(sig)
	}
	return tr.release(th)
}

// release lets a stopped thread go and takes it out. Of the launched program the end is
// awaited.
func (tr *Tracer) release(th *Thread) error {
	err := ignoreGone(tr.detach(th))
	tr.remove(th)
	if th.Process.Launched && th.TID == th.Process.PID {
		th.state = released
		tr.launched = th
	}
	return err
}

// park gathers the threads of the chosen processes, and looks at all that they
// have to report, until none of them runs and none is new.
func (tr *Tracer) park(which func(*Process) bool) error {
	for {
		var all []*Thread
		moving := false
		for _, th := range tr.threads {
			if which(th.Process) {
				all = append(all, th)
				th.parked = th.state == stopped
				moving = moving || !th.parked && !th.inVfork && !th.exiting && !th.leaving
			}
		}
		if !moving {
			break
		}
		if err := tr.gather(all); err != nil {
			return err
		}
		if !tr.lookAll(which) {
			break
		}
	}
	for _, th := range tr.threads {
		if which(th.Process) && th.parked {
			if err := tr.settle(th); err != nil && !errors.Is(err, sysdeps.ErrGone) {
				return err
			}
		}
	}
	return nil
}

// lookAll classifies the queued reports of the chosen processes, and leaves
// those threads stopped. It returns whether there were any.
func (tr *Tracer) lookAll(which func(*Process) bool) (more bool) {
	theirs := func(r report) bool {
		th := tr.threads[r.tid]
		// The end of the launched program is for the loop.
		return th != nil && which(th.Process) && (r.status.Stopped() || !th.Process.Launched || th.TID != th.Process.PID)
	}
	for {
		i := slices.IndexFunc(tr.queue, theirs)
		if i < 0 {
			return more
		}
		more = true
		r := tr.queue[i]
		tr.queue = slices.Delete(tr.queue, i, i+1)
		th, _ := tr.look(r)
		if th == nil {
			continue
		}
		if child := th.child; child != nil {
			th.child = nil
			child.parked = true
		}
		th.parked = th.state == stopped
	}
}

// settle sets a parked thread to an instruction of the program, where it can go
// on without us. An interrupt may find it one byte past a trap whose SIGTRAP is
// still to come, or behind a step whose one is: that stop is awaited.
func (tr *Tracer) settle(th *Thread) error {
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	table := th.Process.Space.Table
	for th.hit == nil && th.sig == 0 && !th.inCall {
		if _, was := table.Removed(regs.PC()); !was && table.Trapped(regs.PC()) == nil && !th.steps() {
			break
		}
		pending, err := trapPending(th.TID)
		if err != nil {
			return err
		}
		if !pending {
			break
		}
		th.group = false // it stops anew when it is let go (__ptrace_unlink)
		resume := tr.resume
		if th.steps() {
			resume = (*Thread).endStep
		}
		if err := resume(th); err != nil {
			return err
		}
		status, err := tr.await(th)
		if err != nil {
			return err
		}
		if th, _ = tr.look(report{th.TID, status}); th == nil {
			return sysdeps.ErrGone
		}
		if regs, err = th.Regs(); err != nil {
			return err
		}
	}
	th.hit = nil // the trap will be gone: the thread runs it in place
	return th.leaveSlot()
}

// clean takes our traces out of an address space. The slots stay mapped when a
// thread could not be parked: it may come back into them.
func (tr *Tracer) clean(s *Space, th *Thread) error {
	err := s.Table.RemoveAll(s)
	whole := true
	s.threads(func(o *Thread) { whole = whole && (o.parked || o.exiting) })
	if !whole {
		return err
	}
	for _, sl := range s.slack {
		err = errors.Join(err, s.WriteMemory(sl.was, sl.lo))
	}
	if th != nil && len(s.injected) > 0 {
		err = errors.Join(err, ignoreGone(tr.unmapPools(th)))
	}
	return err
}

// detach lets a stopped thread go, with the signal that it has stopped for.
func (tr *Tracer) detach(th *Thread) error {
	th.unpin()
	if th.steps() {
		if err := th.endSteps(); err != nil {
			return err
		}
	}
	if th.dirty {
		if err := ptrace.SetRegs(th.TID, &th.regs); err != nil {
			return err
		}
	}
	th.forget()
	th.state = released
	return ptrace.Detach(th.TID, th.sig)
}
