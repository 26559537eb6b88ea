package proc

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/elfsym"
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
type TracedError struct {
	Tracer int
	Name   string // the tracer's; "" where it is not known
}

// Traced returns the error of a process that has a tracer.
func Traced(tracer int) *TracedError {
	st, _ := ReadStatus(tracer) // which may have ended, or be in another namespace
	return &TracedError{tracer, st.Name}
}

// Error names the tracer.
func (e *TracedError) Error() string {
	if e.Name != "" {
		return fmt.Sprintf("already traced by process %d (%s)", e.Tracer, e.Name)
	}
	return fmt.Sprintf("already traced by process %d", e.Tracer)
}

// Attach takes a running process, and what else runs in its memory without
// being a thread of it (a vfork's or clone's child, or parent): whatever can
// run into a trap must be traced before the first is planted. None of them that
// sleeps is woken for it, unless system calls are to be reported: to see how a call
// ends, the thread must be stopped in it. It then makes the call once more, or
// restart_syscall(2), but for the few that fail with EINTR whatever has woken them
// (signal(7)). The first that is returned is the process itself; none
// is if it is traced already.
func (tr *Tracer) Attach(pid int, arch *sysdeps.Arch) ([]*Process, error) {
	st, err := tr.attachable(pid)
	if err != nil {
		return nil, err
	}
	if p := tr.processOf(st.TGID); p != nil {
		return nil, nil // by another of its threads' ids
	}
	root := emptySpace(arch, breakpoint.NewTable(arch)).newProcess(st.TGID)
	return tr.takeIn([]*Process{root})
}

// takeIn is Attach of processes that have been found to run in one address space, of
// which the first is the one that is wanted.
func (tr *Tracer) takeIn(ps []*Process) ([]*Process, error) {
	root, space := ps[0], ps[0].Space
	var err error
	for fresh := 1; fresh > 0; {
		// What has been seized before an error runs on untouched, and is
		// let go by Detach.
		if ps, fresh, err = tr.seizeSharers(ps); err == nil {
			err = tr.outlast(ps)
		}
		if errors.Is(err, sysdeps.ErrGone) {
			err = ErrNoProcess
		}
		if err != nil {
			return nil, err
		}
	}
	ps = slices.DeleteFunc(ps, func(p *Process) bool {
		p.partial = false
		if len(p.threads) == 0 { // it has left, or ended
			space.leave(p)
		}
		return len(p.threads) == 0 && p != root
	})
	if ps, err = tr.openShared(ps); errors.Is(err, sysdeps.ErrGone) {
		return nil, ErrNoProcess
	} else if err != nil {
		return nil, err
	}
	space.FaultsWait = slices.ContainsFunc(ps, func(p *Process) bool { return hasPager(p.PID) })
	if st, err := ReadStatus(LivingTask(root.PID)); err == nil && st.Seccomp != 0 {
		space.noInject = true
	}
	if tr.Syscalls {
		err = tr.wake(ps)
	}
	return ps, err
}

// openShared opens the memory of the first of some processes, only now that all are
// traced: an exec of a thread that is not would have left us with memory that is no
// more. Each of the others may have called exec, too, between being found there and
// being seized, of which nothing tells, or the first may have: whoever is not in that
// memory is let go.
func (tr *Tracer) openShared(ps []*Process) ([]*Process, error) {
	root, space := ps[0], ps[0].Space
	for {
		if err := space.openAny(root); err != nil {
			return nil, err
		}
		// No exec leads back into shared memory: who shares it still has done so
		// when it was opened.
		var err error
		n := len(ps)
		ps = slices.DeleteFunc(ps, func(p *Process) bool {
			if p == root || sharesWith(root, p) {
				return false
			}
			err = errors.Join(err, tr.expel(p))
			return true
		})
		if err != nil || len(ps) == n {
			return ps, err
		}
		space.close() // it may be that of those who have been let go
	}
}

// sharesWith tells whether two processes run in the same memory.
func sharesWith(p, other *Process) bool {
	same, err := ptrace.SameMemory(LivingTask(p.PID), LivingTask(other.PID))
	return same && err == nil
}

// expel lets a process go that has been seized for memory which it does not run in.
func (tr *Tracer) expel(p *Process) error {
	p.Space.leave(p)
	p.Space, p.silent = emptySpace(p.Space.Arch, breakpoint.NewTable(p.Space.Arch)), true
	_, err := tr.Detach(func(o *Process) bool { return o == p })
	return err
}

// ArchOf returns the machine of a process's program. The kernel shows the program
// by the threads that have not ended: the first one may have.
func ArchOf(pid int) *sysdeps.Arch {
	tids, _ := Tasks(pid) // where there are none, Attach says why
	for _, tid := range tids {
		if f, err := elfsym.Open("/proc/" + strconv.Itoa(tid) + "/exe"); err == nil {
			return f.Arch
		}
	}
	return sysdeps.AMD64
}

// wake interrupts the threads that still run as they did before they were seized,
// so that they go on by PTRACE_SYSCALL. Nothing is waited for: who waits for its
// vfork's child stops when that one is gone.
func (tr *Tracer) wake(ps []*Process) error {
	for _, p := range ps {
		for _, th := range p.threads {
			if th.state != running || tr.queued(th.TID) {
				continue
			}
			if err := th.interrupt(); ignoreGone(err) != nil {
				return err
			}
		}
	}
	return nil
}

// newProcess returns a process to be attached to that runs in the space.
func (s *Space) newProcess(pid int) *Process {
	p := &Process{PID: pid, Space: s, threads: make(map[int]*Thread), partial: true}
	p.Root = p
	s.processes[p] = struct{}{}
	return p
}

// openAny opens the memory of a process by one of its threads.
func (s *Space) openAny(p *Process) error {
	for {
		err := s.open(LivingTask(p.PID))
		if !errors.Is(err, sysdeps.ErrGone) || hasDied(p.PID) {
			return err
		}
	}
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
	case hasDied(st.TGID):
		return st, ErrZombie
	case st.kernel():
		return st, ErrKernelThread
	case st.TracerPID != 0 && st.TracerPID != unix.Gettid():
		return st, Traced(st.TracerPID)
	}
	return st, nil
}
