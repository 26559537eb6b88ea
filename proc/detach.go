package proc

import (
	"errors"
	"fmt"

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
// Of the launched program the loop still reports the end.
func (tr *Tracer) Detach(which func(*Process) bool) ([]*Process, error) {
	err := tr.park(which)
	// The thread that is to unmap the slots, for each address space.
	spaces := make(map[*Space]*Thread)
	var leaving []*Thread
	for _, th := range tr.threads {
		if !which(th.Process) {
			continue
		}
		leaving = append(leaving, th)
		if s := th.Process.Space; th.parked && !th.group {
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
		if th.parked {
			err = errors.Join(err, ignoreGone(tr.detach(th)))
		}
		tr.remove(th)
		if p := th.Process; !gone[p] {
			gone[p] = true
			ps = append(ps, p)
		}
		if th.Process.Launched && th.TID == th.Process.PID {
			th.state = released
			tr.launched = th
		}
	}
	for _, p := range ps {
		if tr.launched == nil || tr.launched.Process != p {
			p.Space.leave(p)
		}
	}
	return ps, err
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
				moving = moving || !th.parked
			}
		}
		if !moving {
			break
		}
		if err := tr.gather(all); err != nil {
			return err
		}
		if more, err := tr.lookAll(which); err != nil || !more {
			if err != nil {
				return err
			}
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
func (tr *Tracer) lookAll(which func(*Process) bool) (more bool, err error) {
	queue := append([]report(nil), tr.queue...)
	tr.queue = tr.queue[:0]
	for _, r := range queue {
		if th := tr.threads[r.tid]; r.tid == tr.alarm.PID || th != nil && !which(th.Process) {
			tr.queue = append(tr.queue, r)
			continue
		}
		more = true
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
	return more, nil
}

// settle sets a parked thread to an instruction of the program, where it can go
// on without us. An interrupt may find it one byte past a trap whose SIGTRAP is
// still to come: that stop is awaited.
func (tr *Tracer) settle(th *Thread) error {
	if th.group {
		return nil
	}
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	for th.hit == nil && th.sig == 0 && th.Process.Space.Table.Trapped(regs.PC()) != nil {
		pending, err := trapPending(th.TID)
		if err != nil {
			return err
		}
		if !pending {
			break
		}
		if err := tr.resume(th); err != nil {
			return err
		}
		status, err := ptrace.WaitFor(th.TID)
		if err != nil {
			return fmt.Errorf("wait for thread %d: %w", th.TID, err)
		}
		if th, _ = tr.look(report{th.TID, status}); th == nil || !status.Stopped() {
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
	whole := th != nil
	s.threads(func(o *Thread) { whole = whole && o.parked })
	if !whole {
		return err
	}
	for _, sl := range s.slack {
		err = errors.Join(err, s.WriteMemory(sl.was, sl.lo))
	}
	if len(s.injected) > 0 {
		err = errors.Join(err, ignoreGone(tr.unmapPools(th)))
	}
	return err
}

// detach lets a stopped thread go, with the signal that it has stopped for.
func (tr *Tracer) detach(th *Thread) error {
	th.unpin()
	if th.dirty {
		if err := ptrace.SetRegs(th.TID, &th.regs); err != nil {
			return err
		}
	}
	th.state, th.known, th.dirty = released, false, false
	return ptrace.Detach(th.TID, th.sig)
}

// StopSelf stops the tracer as the terminal has stopped th's process: the shell
// that started it is to see it stopped. It returns when the tracer is continued.
func (tr *Tracer) StopSelf(th *Thread) {
	// The thread must be let listen first, or SIGCONT would find it in our
	// hands.
	tr.goOn(th)
	unix.Kill(unix.Getpid(), unix.SIGSTOP)
}

// Pending tells whether a signal waits to be taken by a process.
func (tr *Tracer) Pending(pid int, sig unix.Signal) bool {
	st, err := ReadStatus(pid)
	return err == nil && (st.Pending|st.SharedPending)&(1<<(sig-1)) != 0
}
