package proc

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// maxPasses is how often the threads of a process are listed before it is held
// that they cannot be had. A program that executes itself without end may need
// hundreds.
const maxPasses = 10000

var errElusive = errors.New("its threads come and go faster than they can be seized")

// seizeSharers seizes all threads of the processes, and of those that share
// their memory, which it adds. fresh is how many it had to seize.
func (tr *Tracer) seizeSharers(ps []*Process) (all []*Process, fresh int, err error) {
	defer tr.drain()
	root := ps[0]
	for i := 0; i < len(ps); i++ {
		n, err := tr.seizeAll(ps[i])
		fresh += n
		if i > 0 && errors.Is(err, sysdeps.ErrGone) {
			err = nil // there is nothing to lose
		}
		if err != nil {
			return ps, fresh, err
		}
		if i < len(ps)-1 {
			continue
		}
		for _, pid := range sharers(root.PID) { // what was made before its maker was seized
			known := slices.ContainsFunc(ps, func(p *Process) bool { return p.PID == pid })
			if !known && !tracedByUs(pid) {
				ps = append(ps, root.Space.newProcess(pid))
			}
		}
	}
	return ps, fresh, nil
}

// seizeAll seizes the threads of a process, in passes until one finds all that
// live traced. What /proc says of a thread counts, not what is known of it: an
// exec by a thread that is not traced yet moves it to the id of one that is.
func (tr *Tracer) seizeAll(p *Process) (fresh int, err error) {
	refusal := errElusive
	for range maxPasses {
		tids, err := Tasks(p.PID)
		if err != nil {
			return fresh, err
		}
		again, living := false, false
		for _, tid := range tids {
			st, err := ReadStatus(tid)
			switch {
			case errors.Is(err, sysdeps.ErrGone), err == nil && st.State == 'X':
				again = true // it may have taken another id by an exec
				continue
			case err != nil:
				return fresh, err
			case st.State == 'Z':
				continue
			}
			living = true
			if st.TracerPID == unix.Gettid() {
				continue
			}
			if st.TracerPID != 0 {
				return fresh, Traced(st.TracerPID)
			}
			again = true
			err = tr.seize(p, tid)
			switch {
			case err == nil:
				fresh++
				refusal = errElusive
			case errors.Is(err, sysdeps.ErrGone):
			case errors.Is(err, unix.EPERM) && !forbidden(tid):
				// ptrace_attach says EPERM of one that is ending, too
				// (an exec that it has waited for ends all but one),
				// and of one that was born traced.
				refusal = err
			default:
				return fresh, err
			}
		}
		if !living && hasDied(p.PID) {
			return fresh, fmt.Errorf("seize process %d: %w", p.PID, sysdeps.ErrGone)
		}
		if living && !again {
			return fresh, nil
		}
	}
	return fresh, refusal
}

// forbidden tells whether a thread must not be traced: the kernel asks the same
// of whoever opens its memory (PTRACE_MODE_ATTACH).
func forbidden(tid int) bool {
	fd, err := unix.Open("/proc/"+strconv.Itoa(tid)+"/mem", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd)
	}
	return errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)
}

func (tr *Tracer) seize(p *Process, tid int) error {
	ends, err := seizeInExec(p.PID, tid, options)
	for _, end := range ends {
		tr.take(end.tid, end.status)
	}
	if err != nil {
		return err
	}
	if _, err := ReadStatus(tid); err != nil && tracedByUs(p.PID) {
		tid = p.PID // while Seize slept, the thread has taken that id by its exec
	}
	tr.void(tid) // what the one before it has reported
	th := &Thread{TID: tid, Process: p, seized: true}
	th.inVfork = waitsFor(p.PID, tid, &p.Space.Arch.Calls) == waitsVfork
	if st, err := ReadStatus(tid); err == nil {
		th.trapBlocked = st.blocksTrap()
	}
	tr.add(th)
	return nil
}

// outlast waits until no thread is in the middle of a call, begun before it was
// seized, that makes a thread or a process: what it makes would not be traced
// (kernel_clone looks for a tracer first and enters the new thread last). Threads
// that are seen asleep have been past that; the others are stopped, and stay so
// until the loop begins.
func (tr *Tracer) outlast(ps []*Process) error {
	var awake []*Thread
	for _, p := range ps {
		for _, th := range p.threads {
			if !th.outlasted && !th.asleep() {
				awake = append(awake, th)
			}
			th.outlasted = true
		}
	}
	if err := tr.gather(awake); err != nil {
		return err
	}
	for _, th := range awake {
		if th.state == stopped && !tr.queued(th.TID) {
			tr.queue = append(tr.queue, report{th.TID, interruptStop})
		}
	}
	return nil
}

// interruptStop is the wait status of the stop that PTRACE_INTERRUPT leads to.
const interruptStop = unix.WaitStatus(0x7f | int(unix.SIGTRAP)<<8 | ptrace.EventStop<<16)

// asleep tells whether a thread waits for something, and not in the middle of
// making another.
func (th *Thread) asleep() bool {
	st, err := ReadStatus(th.TID)
	if err != nil {
		return false
	}
	switch st.State {
	case 'S', 'T':
		return true // kernel_clone does not sleep so that signals wake it
	case 'D':
		return waitsFor(th.Process.PID, th.TID, &th.Process.Space.Arch.Calls) == waitsElse
	}
	return false
}

// tracedByUs tells whether this thread is the tracer of another: TracerPid is
// the tracing thread's own id.
func tracedByUs(tid int) bool {
	st, err := ReadStatus(tid)
	return err == nil && st.TracerPID == unix.Gettid()
}

// ended tells whether a thread is gone, or has nothing left but its status.
func ended(tid int) bool {
	st, err := ReadStatus(tid)
	return err != nil || st.State == 'Z' || st.State == 'X'
}

// Lives tells whether a thread has not ended: what /proc shows of its memory and its
// files is its process's.
func Lives(tid int) bool { return !ended(tid) }

// hasDied tells whether a process is gone, or has nothing left but statuses. Its
// leader alone does not tell: that may end before the other threads, and does
// when one of them calls exec, which then takes its place.
func hasDied(pid int) bool {
	for {
		leader, err := ReadStatus(pid)
		if err != nil {
			return true
		}
		if leader.State != 'Z' && leader.State != 'X' {
			return false
		}
		tids, _ := Tasks(pid)
		zombies := 0
		for _, tid := range tids {
			switch st, err := ReadStatus(tid); {
			case err != nil: // gone, or moved to the leader's id
			case st.State == 'Z':
				zombies++
			default:
				return false
			}
		}
		// Without a thread it is a leader that has just been replaced.
		if leader.Threads > 0 && zombies >= leader.Threads {
			return true
		}
	}
}

// LivingTask returns the id of a thread of a process that has not ended: the
// leader's, unless it has ended before the others.
func LivingTask(pid int) int {
	if ended(pid) {
		tids, _ := Tasks(pid)
		for _, tid := range tids {
			if !ended(tid) {
				return tid
			}
		}
	}
	return pid
}

// drain takes all that is ready.
func (tr *Tracer) drain() {
	for {
		tid, status, err := ptrace.Wait(false)
		if tid == 0 || err != nil {
			return
		}
		tr.take(tid, status)
	}
}

// sharers returns the other processes that run in the memory of pid.
func sharers(pid int) []int {
	live := LivingTask(pid)
	all, err := numbers("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, other := range all {
		if other == pid || other == os.Getpid() {
			continue
		}
		if same, err := ptrace.SameMemory(live, other); err != nil || !same {
			continue
		}
		// One that has ended meanwhile shares its lack of memory with all
		// that have, and with the kernel's threads.
		if st, err := ReadStatus(other); err == nil && !st.NoMemory {
			found = append(found, other)
		}
	}
	return found
}
