package proc

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// gather stops the running threads among those given and waits until each has.
// What they report on the way, other than that they were interrupted, goes to
// the queue; it is theirs to be looked at before they go on.
//
// A thread that waits for the child of its vfork does not stop before that
// child is gone, and one that is ending does not stop again. They are not waited
// for: they are inside the kernel, and find the memory as it will be when they
// come out, if they do.
func (tr *Tracer) gather(threads []*Thread) error {
	waiting := make(map[int]*Thread)
	for _, th := range threads {
		th.parked = th.state == stopped || tr.queued(th.TID)
		if th.parked || th.state == released || th.inVfork || th.leaving || th.hasEnded() {
			continue
		}
		switch err := ptrace.Interrupt(th.TID); {
		case err == nil:
			waiting[th.TID] = th
		case !errors.Is(err, sysdeps.ErrGone):
			return err
		}
	}
	for len(waiting) > 0 {
		tid, status, err := ptrace.Wait(!onlyLeaders(waiting))
		if err != nil {
			return err
		}
		if tid == 0 {
			for tid, th := range waiting {
				if th.hasEnded() {
					delete(waiting, tid)
				}
			}
			// On its way out, or to its stop: nothing tells which.
			time.Sleep(100 * time.Microsecond)
			continue
		}
		th := waiting[tid]
		delete(waiting, tid)
		ev := int(status) >> 16
		if th != nil && ev == ptrace.EventStop && status.StopSignal() == unix.SIGTRAP {
			th.stop(ev)
			th.parked = true
			continue
		}
		if status.Stopped() && ev == unix.PTRACE_EVENT_EXEC {
			// The thread that called exec goes by another id now.
			if former, err := ptrace.EventMessage(tid); err == nil {
				delete(waiting, former)
			}
		}
		if th != nil {
			th.parked = status.Stopped()
		}
		tr.take(tid, status)
	}
	return nil
}

// onlyLeaders tells whether each of the threads may end without a word.
func onlyLeaders(threads map[int]*Thread) bool {
	for _, th := range threads {
		if th.TID != th.Process.PID || len(th.Process.threads) == 1 {
			return false
		}
	}
	return true
}

func (tr *Tracer) queued(tid int) bool {
	for _, r := range tr.queue {
		if r.tid == tid {
			return true
		}
	}
	return false
}

// stepInPlace steps a thread over the instruction under a breakpoint, while
// all other threads of the address space stand still.
func (tr *Tracer) stepInPlace(th *Thread, b *breakpoint.Breakpoint) (done bool, err error) {
	space := th.Process.Space
	var others []*Thread
	space.threads(func(o *Thread) {
		if o != th && o.state == running && !tr.queued(o.TID) {
			others = append(others, o)
		}
	})
	if err := tr.gather(others); err != nil {
		return false, err
	}
	defer func() {
		for _, o := range others {
			if o.state == stopped && !tr.queued(o.TID) {
				tr.goOn(o)
			}
		}
	}()
	if err := space.Table.Lift(space, b); err != nil {
		return false, err
	}
	defer space.Table.Replant(space, b)
	sp := th.regs.SP()
	if err := ptrace.SetRegs(th.TID, &th.regs); err != nil {
		return false, err
	}
	th.known, th.dirty = false, false
	if err := ptrace.Step(th.TID, 0); err != nil {
		return false, err
	}
	status, err := ptrace.WaitFor(th.TID)
	if err != nil {
		return false, err
	}
	if status.Stopped() && int(status)>>16 == 0 && status.StopSignal() == unix.SIGTRAP {
		return false, nil
	}
	// Something came first: a fault of the instruction itself, a signal, the
	// end. The thread will run into the breakpoint again, if it comes back.
	th.comesAgain(b.Addr, sp)
	th.state = running
	tr.queue = append(tr.queue, report{th.TID, status})
	return true, nil
}
