package proc

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Why a process cannot be attached to.
var (
	ErrNoProcess    = errors.New("no such process")
	ErrZombie       = errors.New("the process has ended already (a zombie): its parent has not collected its status yet")
	ErrKernelThread = errors.New("a kernel thread: it runs no program")
	ErrSelf         = errors.New("this is sonde itself")
)

// TracedError is a process that has a tracer.
type TracedError struct{ Tracer int }

// Error names the tracer.
func (e *TracedError) Error() string {
	return fmt.Sprintf("already traced by process %d", e.Tracer)
}

// Attach takes a running process, and what else runs in its memory without
// being a thread of it (a vfork's or clone's child, or parent): whatever can
// run into a trap must be traced before the first is planted. None of them is
// stopped for it.
func (tr *Tracer) Attach(pid int, arch *sysdeps.Arch) ([]*Process, error) {
	st, err := tr.attachable(pid)
	if err != nil {
		return nil, err
	}
	if p := tr.processOf(st.TGID); p != nil {
		return nil, nil // by another of its threads' ids
	}
	space, err := newSpace(livingTask(st.TGID), arch, breakpoint.NewTable(arch))
	if err != nil {
		return nil, err
	}
	reaped, err := tr.reapMeanwhile()
	if err != nil {
		return nil, err
	}
	defer reaped()
	var ps []*Process
	pids := []int{st.TGID}
	for i := 0; i < len(pids); i++ {
		p := &Process{PID: pids[i], Space: space, threads: make(map[int]*Thread)}
		p.Root = p
		err := tr.seizeAll(p)
		for n := 0; n < maxRefused && i == 0 && errors.Is(err, sysdeps.ErrGone) && !ended(livingTask(p.PID)); n++ {
			err = tr.seizeAll(p) // an exec had taken its threads
		}
		if err != nil && (i == 0 || !errors.Is(err, sysdeps.ErrGone)) {
			// What has been seized already runs on untouched, and is
			// let go by Detach.
			return nil, err
		}
		ps = append(ps, p)
		if i == len(pids)-1 { // what was made before its maker was seized
			for _, other := range sharers(st.TGID) {
				if !slices.Contains(pids, other) && !tracedByUs(other) {
					pids = append(pids, other)
				}
			}
		}
	}
	if st, err := ReadStatus(pid); err == nil && st.Seccomp != 0 {
		space.noInject = true
	}
	return ps, nil
}

// attachable looks at a process before it is touched.
func (tr *Tracer) attachable(pid int) (Status, error) {
	st, err := ReadStatus(pid)
	switch {
	case errors.Is(err, sysdeps.ErrGone):
		return st, ErrNoProcess
	case err != nil:
		return st, err
	case st.TGID == os.Getpid():
		return st, ErrSelf
	case ended(livingTask(st.TGID)):
		return st, ErrZombie
	case st.Kernel && st.State != 'Z':
		return st, ErrKernelThread
	case st.TracerPID != 0 && st.TracerPID != unix.Gettid():
		return st, &TracedError{st.TracerPID}
	}
	return st, nil
}

// maxRefused is how many refusals are put down to execs under way.
const maxRefused = 1000

// seizeAll seizes the threads of a process, in passes until one finds none
// that is new: those that are seized have their own new threads seized by the
// kernel.
func (tr *Tracer) seizeAll(p *Process) error {
	p.Space.processes[p] = struct{}{}
	refused := 0
	for {
		tids, err := Tasks(p.PID)
		if err != nil {
			return err
		}
		fresh := false
		for _, tid := range tids {
			if p.threads[tid] != nil || ended(tid) {
				continue
			}
			switch err := ptrace.Seize(tid, options); {
			case err == nil:
				th := &Thread{TID: tid, Process: p, inVfork: inVfork(tid, &p.Space.Arch.Calls)}
				if st, err := ReadStatus(tid); err == nil {
					th.trapBlocked = st.Blocked&(1<<(unix.SIGTRAP-1)) != 0
				}
				tr.add(th)
				fresh = true
			case errors.Is(err, sysdeps.ErrGone):
			case errors.Is(err, unix.EPERM) && (tracedByUs(tid) || ended(tid)):
				// Born of a thread that was seized before: its
				// first stop is in the queue of the kernel. Or
				// ending: ptrace_attach says EPERM then.
			case errors.Is(err, unix.EPERM) && refused < maxRefused:
				// Neither, any more: an exec has moved the id to
				// another thread meanwhile.
				refused++
				fresh = true
			default:
				return err
			}
		}
		if !fresh {
			break
		}
	}
	if len(p.threads) == 0 {
		return sysdeps.ErrGone
	}
	return nil
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

// livingTask returns the id of a thread of a process that has not ended: the
// leader's, unless it has ended before the others.
func livingTask(pid int) int {
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

// reapMeanwhile collects, on another thread, what is to be reported while this
// one seizes.
// PTRACE_SEIZE sleeps while an exec is under way in the process, and an exec
// waits until its other threads have been reaped: by their tracer, which is us.
func (tr *Tracer) reapMeanwhile() (stop func(), err error) {
	alarm, err := ptrace.NewAlarm()
	if err != nil {
		return nil, err
	}
	done := make(chan []report)
	go func() {
		var reports []report
		for {
			pid, status, err := ptrace.WaitAll()
			if err != nil || pid == alarm.PID {
				done <- reports
				return
			}
			reports = append(reports, report{pid, status})
		}
	}()
	return func() {
		alarm.Ring()
		for _, r := range <-done {
			tr.take(r.tid, r.status)
		}
	}, nil
}

// sharers returns the other processes that run in the memory of pid.
func sharers(pid int) []int {
	// One that has ended shares its lack of memory with kernel threads.
	live := livingTask(pid)
	all, err := numbers("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, other := range all {
		if other == pid || other == os.Getpid() {
			continue
		}
		if same, err := ptrace.SameMemory(live, other); err == nil && same {
			found = append(found, other)
		}
	}
	return found
}
