package proc

import (
	"errors"
	"fmt"
	"os"

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
	st, err := attachable(pid)
	if err != nil {
		return nil, err
	}
	if p := tr.processOf(st.TGID); p != nil {
		return nil, nil // by another of its threads' ids
	}
	pids := append([]int{st.TGID}, sharers(st.TGID)...)
	space, err := newSpace(st.TGID, arch, breakpoint.NewTable(arch))
	if err != nil {
		return nil, err
	}
	var ps []*Process
	for i, pid := range pids {
		p := &Process{PID: pid, Space: space, threads: make(map[int]*Thread)}
		p.Root = p
		err := tr.seizeAll(p)
		if err != nil && (i == 0 || !errors.Is(err, sysdeps.ErrGone)) {
			// What has been seized already runs on untouched, and is
			// let go by Detach.
			return nil, err
		}
		ps = append(ps, p)
	}
	if st, err := ReadStatus(pid); err == nil && st.Seccomp != 0 {
		space.noInject = true
	}
	return ps, nil
}

// attachable looks at a process before it is touched.
func attachable(pid int) (Status, error) {
	st, err := ReadStatus(pid)
	switch {
	case errors.Is(err, sysdeps.ErrGone):
		return st, ErrNoProcess
	case err != nil:
		return st, err
	case st.TGID == os.Getpid():
		return st, ErrSelf
	case st.State == 'Z' || st.State == 'X':
		return st, ErrZombie
	case st.Kernel:
		return st, ErrKernelThread
	case st.TracerPID != 0:
		return st, &TracedError{st.TracerPID}
	}
	return st, nil
}

// seizeAll seizes the threads of a process, in passes until one finds none
// that is new: those that are seized have their own new threads seized by the
// kernel.
func (tr *Tracer) seizeAll(p *Process) error {
	p.Space.processes[p] = struct{}{}
	for {
		tids, err := Tasks(p.PID)
		if err != nil {
			return err
		}
		fresh := false
		for _, tid := range tids {
			if p.threads[tid] != nil {
				continue
			}
			switch err := ptrace.Seize(tid, options); {
			case err == nil:
				th := &Thread{TID: tid, Process: p}
				if st, err := ReadStatus(tid); err == nil {
					th.trapBlocked = st.Blocked&(1<<(unix.SIGTRAP-1)) != 0
				}
				tr.add(th)
				fresh = true
			case errors.Is(err, sysdeps.ErrGone):
			case errors.Is(err, unix.EPERM) && tracedByUs(tid):
				// Born of a thread that was seized before; its
				// first stop is in the queue of the kernel.
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

func tracedByUs(tid int) bool {
	st, err := ReadStatus(tid)
	// A thread of ours counts: TracerPid is the tracing thread's group.
	return err == nil && st.TracerPID == os.Getpid()
}

// sharers returns the other processes that run in the memory of pid.
func sharers(pid int) []int {
	all, err := numbers("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, other := range all {
		if other == pid || other == os.Getpid() {
			continue
		}
		if same, err := ptrace.SameMemory(pid, other); err == nil && same {
			found = append(found, other)
		}
	}
	return found
}
