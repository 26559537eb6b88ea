package snapshot

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Options are how a process is held.
type Options struct {
	// MaxStop is how long the process may stand still, at the most, before Hold
	// gives up on threads that do not stop; 0 for DefaultMaxStop.
	MaxStop time.Duration
	// AllHurry says that all threads of this program work while the process stands
	// still, so that the priority of all is raised, not of the one alone that holds.
	AllHurry bool
	// OneThread holds one thread alone: any that stops.
	OneThread bool
	// OwnThread holds it by an OS thread that ends if a thread is left that has not
	// stopped: that one never stops then. What is seized meanwhile is let go as well.
	// Without, it is the caller's, and such a thread stops when it can, and for good.
	OwnThread bool
}

// DefaultMaxStop is long for a computer and short for its users.
const DefaultMaxStop = 2 * time.Second

// ErrStubborn says that a thread did not stop in time: it is in a system call that
// nothing interrupts (state D), as one that waits for a disk or a vfork's child.
var ErrStubborn = errors.New("the thread does not stop")

// Thread is a thread that is held.
type Thread struct {
	TID  int
	Regs sysdeps.Regs
	// Vectors are the vector registers, where ReadVectors was asked for them.
	Vectors *sysdeps.Vectors
	// Signal is the signal that the thread was about to take when it was
	// stopped, which it takes when it goes on; 0 for none.
	Signal int
	// JobStopped says that a stop signal had stopped the thread before.
	JobStopped bool
	// Err is why there are no registers: ErrStubborn, or sysdeps.ErrGone.
	Err error
}

// Held is a process that stands still.
type Held struct {
	PID     int
	Threads []*Thread // by TID

	since     time.Time
	limit     time.Duration
	deadline  *ptrace.Deadline // nil once it can no longer be set
	late      bool             // the limit is over
	oneThread bool
	ownThread bool
	tracees   []int // those that are dying, too
	stubborn  bool  // a thread is left that may yet stop
	nice      int
	hasNice   bool
	allHurry  bool
}

// Hold stops all threads of a process, calls with, and lets them go; still is for how
// long they stood still. with is called on the OS thread that the process is traced
// by. The error is that of with, or tells why the process cannot be held.
func Hold(pid int, o Options, with func(h *Held) error) (still time.Duration, err error) {
	h := &Held{limit: o.MaxStop, oneThread: o.OneThread, ownThread: o.OwnThread, allHurry: o.AllHurry}
	if !o.OwnThread {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		return h.hold(pid, with)
	}
	onOwnThread(func() (end bool) {
		still, err = h.hold(pid, with)
		return h.stubborn
	})
	return still, err
}

// hold is Hold, on a thread that nothing else runs on.
func (h *Held) hold(pid int, with func(h *Held) error) (still time.Duration, err error) {
	st, err := proc.ReadStatus(pid)
	if errors.Is(err, sysdeps.ErrGone) {
		return 0, proc.ErrNoProcess
	} else if err != nil {
		return 0, err
	}
	h.PID = st.TGID
	if h.limit == 0 {
		h.limit = DefaultMaxStop
	}
	h.since = time.Now()
	if err = h.setDeadline(); err != nil {
		return 0, err
	}
	h.hurry()
	h.since = time.Now()
	defer func() {
		err = errors.Join(err, h.release())
		still = time.Since(h.since)
		h.calm()
	}()
	stop := h.stop
	if h.oneThread {
		stop = h.stopOne
	}
	err = stop()
	h.stopDeadline() // it would break off what is done from here on
	if err != nil {
		return 0, err
	}
	h.readRegs()
	return 0, with(h)
}

// most is the highest priority (sched(7), nice values).
const most = -20

// hurry raises the priority of the thread that holds, where that is permitted: on a
// busy machine the process stands still for as long as this thread waits for a
// processor.
func (h *Held) hurry() {
	nice, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return
	}
	h.nice = 20 - nice // the system call's result is 20 minus the value (getpriority(2), NOTES)
	h.hasNice = h.setNice(most) == nil
}

// setNice sets the priority of this thread, or of all that there are: what they start
// inherits it.
func (h *Held) setNice(nice int) error {
	if h.allHurry {
		tids, _ := proc.Tasks(os.Getpid()) // without them, this one
		for _, tid := range tids {
			_ = unix.Setpriority(unix.PRIO_PROCESS, tid, nice) // or it has ended
		}
	}
	return unix.Setpriority(unix.PRIO_PROCESS, 0, nice)
}

func (h *Held) calm() {
	if h.hasNice {
		// It was ours before; and a thread that stays at high priority harms little.
		_ = h.setNice(h.nice)
	}
}

// stop seizes and interrupts all threads, in passes until one finds none that is new:
// threads that run make others.
func (h *Held) stop() error {
	known := make(map[int]*Thread)
	for {
		tids, err := proc.Tasks(h.PID)
		if errors.Is(err, sysdeps.ErrGone) {
			return proc.ErrNoProcess
		} else if err != nil {
			return err
		}
		var fresh []*Thread
		for _, tid := range tids {
			if known[tid] != nil {
				continue
			}
			t, err := h.seize(tid)
			if err != nil {
				h.await(fresh) // only what has stopped can be let go
				return err
			}
			known[tid] = t
			if t.Err == nil {
				h.Threads = append(h.Threads, t)
				fresh = append(fresh, t)
			}
		}
		if len(fresh) == 0 {
			break
		}
		h.await(fresh)
	}
	if len(h.Threads) == 0 {
		return whyNone(h.PID)
	}
	slices.SortFunc(h.Threads, func(a, b *Thread) int { return a.TID - b.TID })
	return nil
}

// stopOne seizes and interrupts threads until one stops. Those that wait in the kernel
// without taking signals are not asked.
func (h *Held) stopOne() error {
	tids, err := proc.Tasks(h.PID)
	if errors.Is(err, sysdeps.ErrGone) {
		return proc.ErrNoProcess
	} else if err != nil {
		return err
	}
	for _, tid := range tids {
		if st, err := proc.ReadStatus(tid); err != nil || st.State == 'D' {
			continue
		}
		t, err := h.seize(tid)
		if err != nil {
			return err
		}
		if t.Err != nil {
			continue
		}
		h.Threads = append(h.Threads, t)
		if h.await(h.Threads[len(h.Threads)-1:]); t.Err == nil {
			return nil
		}
	}
	if len(h.Threads) > 0 {
		return ErrNoThreads
	}
	return whyNone(h.PID)
}

// whyNone tells why a process has no thread that could be seized, and no memory.
func whyNone(pid int) error {
	st, err := proc.ReadStatus(pid)
	switch {
	case err == nil && st.State == 'Z':
		return proc.ErrZombie
	case err == nil && st.NoMemory:
		return proc.ErrKernelThread
	}
	return proc.ErrNoProcess
}

// seize becomes the tracer of a thread and asks it to stop. Err is set in one that is
// gone, or has ended and waits for its siblings.
func (h *Held) seize(tid int) (*Thread, error) {
	t := &Thread{TID: tid}
	// An exec of a process with several threads forgets the interrupt (zap_other_threads
	// in kernel/signal.c), but reports itself.
	err := proc.Seize(h.PID, tid, ptrace.OptExec)
	if err == nil {
		h.tracees = append(h.tracees, tid)
		err = ptrace.Interrupt(tid)
	}
	switch {
	case err == nil:
		return t, nil
	case errors.Is(err, sysdeps.ErrGone):
		t.Err = sysdeps.ErrGone
		return t, nil
	case errors.Is(err, unix.EPERM):
		st, e := proc.ReadStatus(tid)
		switch {
		case errors.Is(e, sysdeps.ErrGone):
			t.Err = sysdeps.ErrGone
			return t, nil
		case e == nil && (st.State == 'Z' || st.State == 'X'): // a leader that has ended before the others
			t.Err = sysdeps.ErrGone
			return t, nil
		case e == nil && st.TracerPID != 0:
			return nil, proc.Traced(st.TracerPID)
		case e == nil && st.NoMemory:
			return nil, proc.ErrKernelThread
		}
	}
	return nil, fmt.Errorf("stop thread %d: %w", tid, err)
}

// await takes the stops of threads that were interrupted. Most have stopped when they
// are asked for one by one, which costs the same for each; wait4(-1) goes through all
// tracees to find one, so that it is for what is left.
func (h *Held) await(ts []*Thread) {
	left := make(map[int]*Thread)
	for _, t := range ts {
		st, ok, err := ptrace.Poll(t.TID)
		switch {
		case err != nil: // ECHILD: another thread's exec has taken it away
			t.Err = sysdeps.ErrGone
		case ok:
			t.take(st)
		default:
			left[t.TID] = t
		}
	}
	for len(left) > 0 && !h.late {
		tid, st, err := h.deadline.Wait()
		if errors.Is(err, ptrace.ErrLate) {
			h.giveUp(left)
			continue
		} else if err != nil {
			break // ECHILD: none is left
		}
		if t := h.awaited(tid, left); t != nil {
			t.Err = nil
			t.take(st)
			delete(left, tid)
		}
	}
	for _, t := range left {
		t.Err = ErrStubborn
	}
}

// awaited is the thread that has stopped: one of those that are waited for, or one that was
// given up.
func (h *Held) awaited(tid int, left map[int]*Thread) *Thread {
	if t := left[tid]; t != nil {
		return t
	}
	for _, t := range h.Threads {
		if t.TID == tid && errors.Is(t.Err, ErrStubborn) {
			return t
		}
	}
	return nil
}

// take notes how a thread has stopped: at our interrupt, in a group-stop, at an exec or at
// a signal that came first; or that it has ended.
func (t *Thread) take(st unix.WaitStatus) {
	switch {
	case !st.Stopped():
		t.Err = sysdeps.ErrGone
	case int(st)>>16 == ptrace.EventStop:
		t.JobStopped = st.StopSignal() != unix.SIGTRAP
	case int(st)>>16 == unix.PTRACE_EVENT_EXEC:
	default:
		t.Signal = int(st.StopSignal())
	}
}

// readRegs reads the registers of all threads.
func (h *Held) readRegs() {
	for _, t := range h.Threads {
		if t.Err == nil {
			t.Err = ptrace.GetRegs(t.TID, &t.Regs)
		}
	}
}

// bury takes the ends of threads that have been killed: an exec of their process waits for
// that. The kernel does it where this thread ends.
func (h *Held) bury(dying []int) {
	if h.ownThread {
		h.stubborn = h.stubborn || len(dying) > 0
		return
	}
	for _, tid := range dying {
		if st, err := ptrace.WaitFor(tid); err == nil && st.Stopped() { // before its end
			t := Thread{TID: tid}
			t.take(st)
			_ = ptrace.Detach(tid, t.Signal) // or it has been killed
		}
	}
}

// release lets all threads go on. One that has been killed meanwhile needs nothing; one
// that did not stop is let go by the kernel when this thread ends.
func (h *Held) release() error {
	var errs []error
	kept := make(map[int]bool) // threads that need nothing more
	for _, t := range h.Threads {
		if errors.Is(t.Err, ErrStubborn) {
			st, ok, err := ptrace.Poll(t.TID)
			if err != nil || !ok {
				h.stubborn = h.stubborn || err == nil
				kept[t.TID] = true
				continue
			}
			t.take(st)
		}
		switch err := ptrace.Detach(t.TID, t.Signal); {
		case err == nil:
			kept[t.TID] = true
		case !errors.Is(err, sysdeps.ErrGone):
			errs = append(errs, err)
		}
	}
	// The end of a first thread comes behind those of all others.
	h.bury(slices.DeleteFunc(h.tracees, func(tid int) bool { return kept[tid] || tid == h.PID || !ptrace.Awaited(tid) }))
	return errors.Join(errs...)
}
