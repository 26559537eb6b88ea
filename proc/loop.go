package proc

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Tracer owns all tracees of one Run.
type Tracer struct {
	// Follow has child processes traced too; threads always are.
	Follow bool
	// Syscalls has the entries and exits of system calls reported. It is to be
	// set before there is a tracee.
	Syscalls bool
	// Launching, where Syscalls is set, is told the execve(2) that a launched
	// program begins with, at its entry, as long as its arguments can be read. If
	// it fails, Launch does; its exit comes out of Stops, after the Execed.
	Launching func(*Thread, SyscallEnter)
	// CPU is the processor that the tracer and its tracees are pinned to,
	// or -1.
	CPU int
	// Debug, if it is not nil, is told in a line which way was chosen where there
	// are several.
	Debug func(string)
	// Complain takes errors that concern one thread and end nothing.
	Complain func(error)

	threads   map[int]*Thread
	queue     []report // reported, not looked at yet
	undrained int      // see drainShare
	lately    lately
	turns     turns
	strangers map[int]unix.WaitStatus // stopped before anything explained them
	bereft    *Process                // killed last, and may have left one that stops yet
	last      *Process                // likewise, by the end of one of its threads too
	launched  *Thread                 // released, and our child: its end is awaited
	departing bool                    // threads may be leaving
	ownCPUs   unix.CPUSet             // the tracer's own affinity before pinning
	info      ptrace.SyscallInfo      // of the stop that is looked at
	noInfo    bool                    // the kernel does not give it
	callsTold bool                    // it has been told whether it does
	failure   error                   // what ended the loop early

	mu         sync.Mutex
	alarm      *ptrace.Alarm
	interrupts []sysdeps.Siginfo
}

// Run calls trace on the calling goroutine. However trace ends, by a panic too,
// every tracee is let go whole before Run returns; those that run under a filter end
// before it does.
//
// The goroutine stays locked to its OS thread: the thread ends with it, and with
// the thread what the kernel still has as its tracees. Called on the main thread,
// Run makes the process's own id the TracerPid that /proc shows of its tracees;
// of another thread it would be that thread's id (task_state, fs/proc/array.c).
func Run(trace func(*Tracer) error) (err error) {
	runtime.LockOSThread()
	tr := &Tracer{CPU: -1, threads: make(map[int]*Thread), strangers: make(map[int]unix.WaitStatus)}
	if err := ptrace.QuietStops(); err != nil {
		return err
	}
	if tr.alarm, err = ptrace.NewAlarm(); err != nil {
		return err
	}
	defer tr.disarm()
	defer func() {
		if crash := recover(); crash != nil {
			err = fmt.Errorf("internal error: %v\n%s", crash, debug.Stack())
		}
		err = errors.Join(err, tr.failure, tr.DetachAll())
		err = errors.Join(err, tr.seeOut())
	}()
	return trace(tr)
}

// disarm ends the alarm's child and waits for it.
func (tr *Tracer) disarm() {
	tr.mu.Lock()
	a := tr.alarm
	tr.alarm = nil
	tr.mu.Unlock()
	a.Ring()
	ptrace.WaitFor(a.PID)
}

// Interrupt makes the loop report an Interrupted stop. It may be called from
// any goroutine.
func (tr *Tracer) Interrupt(info sysdeps.Siginfo) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.interrupts = append(tr.interrupts, info)
	if len(tr.interrupts) == 1 && tr.alarm != nil {
		tr.alarm.Ring()
	}
}

// rung takes the interrupts and sets the alarm anew, once its child has ended.
func (tr *Tracer) rung() ([]sysdeps.Siginfo, error) {
	next, err := ptrace.NewAlarm()
	if err != nil {
		return nil, err
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.alarm = next
	infos := tr.interrupts
	tr.interrupts = nil
	return infos, nil
}

// Stops yields every stop of every tracee until none is left. Each thread goes
// on after the body; leaving the loop leaves the thread stopped, for Detach.
func (tr *Tracer) Stops() iter.Seq2[*Thread, Stop] {
	return func(yield func(*Thread, Stop) bool) {
		for tr.busy() || tr.findOrphans() {
			r, err := tr.next()
			if err != nil {
				tr.failure = err
				return
			}
			if tr.alarm.PID == r.tid {
				infos, err := tr.rung()
				if err != nil {
					tr.failure = err
					return
				}
				for _, info := range infos {
					if !yield(nil, Interrupted{info}) {
						return
					}
				}
				continue
			}
			th, stop := tr.look(r)
			if th != nil && th.due != nil {
				exit := SyscallExit{th.due}
				th.due = nil
				if !yield(th, exit) {
					return
				}
			}
			if stop != nil && !yield(th, stop) {
				return
			}
			if th != nil {
				tr.goOn(th)
			}
		}
	}
}

// busy tells whether there is anything to wait for. What has been let go, but
// for threads that could not be had yet, is released by the kernel when the
// tracer ends; the launched program would be killed then.
func (tr *Tracer) busy() bool {
	if tr.launched != nil || !tr.departing {
		return tr.launched != nil || len(tr.threads) > 0
	}
	for _, th := range tr.threads {
		if !th.leaving || th.Process.Root.Launched {
			return true
		}
	}
	return false
}

// look classifies a report. th is nil when there is nobody to go on.
func (tr *Tracer) look(r report) (*Thread, Stop) {
	th := tr.threads[r.tid]
	if l := tr.launched; th == nil && l != nil && l.TID == r.tid { // let go before
		tr.launched = nil
		return l, tr.ended(l, r.status)
	}
	if th == nil {
		return nil, nil
	}
	if th.leaving && r.status.Stopped() {
		if err := tr.letLeave(th, r.status); err != nil {
			tr.complain(th, err)
		}
		return nil, nil
	}
	th, stop, err := tr.classify(th, r.status)
	if err != nil && !errors.Is(err, sysdeps.ErrGone) {
		// What cannot be done for one thread must not end the others; the
		// thread goes on as far as it can.
		tr.complain(th, err)
	}
	return th, stop
}

// goOn resumes a stopped thread as its stop wants it, and the one that it has
// made, also if it has been killed meanwhile itself.
func (tr *Tracer) goOn(th *Thread) {
	if child := th.child; child != nil {
		th.child = nil
		tr.goOn(child)
	}
	if th.state != stopped {
		return
	}
	if err := tr.resume(th); err != nil && !errors.Is(err, sysdeps.ErrGone) {
		tr.complain(th, err)
	}
}

func (tr *Tracer) resume(th *Thread) error {
	if th.hit != nil {
		b := th.hit
		th.hit = nil
		if done, err := tr.pass(th, b); done || err != nil {
			return err
		}
	}
	if th.steps() && !th.group {
		return tr.step(th)
	}
	th.resumedAt = 0
	if th.known {
		th.resumedAt = th.regs.PC()
	}
	if th.dirty {
		if err := ptrace.SetRegs(th.TID, &th.regs); err != nil {
			return err
		}
	}
	th.forget()
	if th.group {
		th.state = listening
		return ptrace.Listen(th.TID)
	}
	th.state = running
	tr.lately.add(th.TID)
	if tr.reportsCall(th) {
		th.passing = false
		return ptrace.Syscall(th.TID, th.sig)
	}
	th.phase = outsideCall // it leaves unseen what it is in
	th.passing = th.Process.underFilter() && !th.Process.silent
	return ptrace.Cont(th.TID, th.sig)
}

// pass takes a thread past a breakpoint. done means that the thread has gone
// on already, or waits in the queue for what came up on the way.
func (tr *Tracer) pass(th *Thread, b *breakpoint.Breakpoint) (done bool, err error) {
	space := th.Process.Space
	if space.Table.Find(b.Addr) != b {
		return false, nil // taken out by the loop's body: it runs in place
	}
	if b.OneShot {
		return false, space.Table.Remove(space, b)
	}
	for {
		way, err := space.Table.Pass(b, &th.regs, space, !space.noInject)
		if err != nil {
			return false, err
		}
		switch way {
		case breakpoint.NeedPool:
			err := tr.addPool(th, b.Addr)
			if errors.Is(err, sysdeps.ErrGone) {
				return false, err
			}
			space.noInject = err != nil
			tr.debugSlots(th.Process, err)
			continue
		case breakpoint.StepInPlace:
			tr.debugStep(th.Process, b)
			return tr.stepInPlace(th, b)
		case breakpoint.OwnTrap:
			return true, tr.deliverOwnTrap(th)
		}
		return false, nil
	}
}

// deliverOwnTrap has the stop of a thread looked at once more, as the signal of
// the program's own trap that stands under a breakpoint.
func (tr *Tracer) deliverOwnTrap(th *Thread) error {
	if err := ptrace.SetRegs(th.TID, &th.regs); err != nil {
		return err
	}
	th.forget()
	th.ownTrap, th.state = true, running
	tr.queue = append(tr.queue, report{th.TID, trapStop})
	return nil
}

// trapStop is the wait status of a signal-delivery-stop for SIGTRAP (wait(2):
// 0x7f, and the signal above).
const trapStop = unix.WaitStatus(0x7f | int(unix.SIGTRAP)<<8)

func (tr *Tracer) add(th *Thread) {
	tr.threads[th.TID] = th
	th.Process.threads[th.TID] = th
	th.Process.several = th.Process.several || len(th.Process.threads) > 1
	if tr.bereft != nil && tr.bereft.PID == th.TID {
		tr.bereft = nil // whose children are another's from now on
	}
	th.pin(tr.CPU)
}

func (tr *Tracer) remove(th *Thread) {
	if tr.threads[th.TID] == th {
		delete(tr.threads, th.TID)
	}
	if th.Process.threads[th.TID] == th {
		delete(th.Process.threads, th.TID)
	}
}

// complain takes an error that concerns one thread and has no better place.
func (tr *Tracer) complain(th *Thread, err error) {
	if tr.Complain != nil {
		tr.Complain(fmt.Errorf("process %d, thread %d: %w", th.Process.PID, th.TID, err))
	}
}

func (tr *Tracer) processOf(pid int) *Process {
	if th := tr.threads[pid]; th != nil && th.Process.PID == pid {
		return th.Process
	}
	for _, th := range tr.threads {
		if th.Process.PID == pid {
			return th.Process
		}
	}
	return nil
}
