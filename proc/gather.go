package proc

import (
	"errors"
	"fmt"
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
// child is gone, one that is held up in the kernel not before it is served, and one
// that is ending does not stop again. They are not waited for: they are inside the
// kernel, and find the memory as it will be when they come out, if they do.
func (tr *Tracer) gather(threads []*Thread) error {
	waiting := make(map[int]*Thread)
	g := &gathering{tr: tr, waiting: waiting, since: time.Now()}
	defer g.end()
	for _, th := range threads {
		th.parked = th.state == stopped || tr.queued(th.TID)
		if th.parked || th.state == released || th.inVfork || th.leaving || th.hasEnded() {
			continue
		}
		switch err := th.interrupt(); {
		case err == nil:
			waiting[th.TID] = th
		case !errors.Is(err, sysdeps.ErrGone):
			return err
		}
	}
	for len(waiting) > 0 || len(g.ready) > 0 {
		tid, status, err := g.next()
		if err != nil {
			return err
		}
		if tid == 0 {
			continue
		}
		th := waiting[tid]
		delete(waiting, tid)
		ev := event(status)
		if th != nil && ev == ptrace.EventStop && status.StopSignal() == unix.SIGTRAP {
			th.stop(ev)
			th.parked = true
			if err := th.holdPassed(); ignoreGone(err) != nil {
				return err
			}
			continue
		}
		tr.take(tid, status)
		if th = tr.threads[tid]; th != nil {
			delete(waiting, th.former) // one who has called exec
			th.parked = tr.queued(tid) && status.Stopped()
		}
	}
	return nil
}

// mayVanish tells whether each of the threads may end without a word.
func mayVanish(threads map[int]*Thread) bool {
	for _, th := range threads {
		p := th.Process
		if th.tellsEnd || th.TID != p.PID || len(p.threads) == 1 && !p.partial {
			return false
		}
	}
	return true
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
	err = tr.gather(others)
	defer func() {
		for _, o := range others {
			if o.state == stopped && !tr.queued(o.TID) {
				tr.goOn(o)
			}
		}
	}()
	if err == nil && th.state != stopped { // killed, or in another's exec
		err = fmt.Errorf("step thread %d: %w", th.TID, sysdeps.ErrGone)
	}
	if err == nil {
		err = space.Table.Lift(space, b)
	}
	if err != nil {
		return false, err
	}
	defer space.Table.Replant(space, b)
	sp := th.regs.SP()
	if err := ptrace.SetRegs(th.TID, &th.regs); err != nil {
		return false, err
	}
	th.forget()
	if err := ptrace.Step(th.TID, 0); err != nil {
		return false, err
	}
	status, err := tr.await(th)
	if err != nil {
		return true, err
	}
	if event(status) == 0 && status.StopSignal() == unix.SIGTRAP {
		return false, nil
	}
	// Something came first: a fault of the instruction itself, or a signal. The thread will run into the breakpoint again, if it comes back.
	th.comesAgain(b.Addr, sp)
	th.state = running
	tr.queue = append(tr.queue, report{th.TID, status})
	return true, nil
}
