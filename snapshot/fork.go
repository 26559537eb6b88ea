package snapshot

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"sonde/inject"
	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// A process is copied as its own threads would copy it, by clone(2), but so that it does
// not notice. A thread of it is made to start a broker, which shares its memory; that takes
// microseconds, after which the thread has its registers again. The broker does the work
// of copying, and is killed. Both it and the copy are children of the program that end
// with no signal to it, and that wait4(2) without __WALL or __WCLONE does not see. But
// only a parent can take the end of a child, so the program is made to do that too: of
// the broker while it is held, of the copy in another, short stop of one thread. Both are
// traced from their first instruction, never run one of the program's, and die with their
// tracer.

// Why a process is not copied.
var (
	// ErrNewNamespace says that the next child of a process begins a pid namespace.
	ErrNewNamespace = errors.New("its next child would be the first process of a pid namespace")
	// ErrSlowCopy says that the kernel has not copied the memory in the time that
	// the process may stand still, or that somebody has killed the copy.
	ErrSlowCopy = errors.New("its memory was not copied in time")

	errNoChild = errors.New("the kernel does not tell of the child")
)

// fork copies the process. It returns the copy, which stands still.
func (h *Held) fork(maps []proc.Mapping, mem sysdeps.Memory) (c *Copy, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("fork process %d: %w", h.PID, err)
		}
	}()
	l, err := h.borrow(maps, mem)
	if err != nil {
		return nil, err
	}
	if err := plainChildren(h.PID, l.t.TID); err != nil {
		return nil, err
	}
	nr := l.t.Regs.Arch.Calls.Clone
	out, err := l.call(ptrace.OptClone, nr, unix.CLONE_VM|unix.CLONE_FILES, inject.OutOfReach)
	if out.Child == 0 {
		if err == nil {
			err = errNoChild
		}
		return nil, err
	}
	c = &Copy{of: h.PID}
	if err == nil {
		c.PID, err = l.forkBroker(out.Child, h.hasNice, h.limit)
	}
	if err == nil {
		var st proc.Status
		st, err = proc.ReadStatus(c.PID)
		c.child = uint64(st.NSPID)
	}
	if err = errors.Join(err, l.bury(out)); err != nil {
		if c.PID != 0 {
			err = errors.Join(err, end(c.PID))
		}
		return nil, err
	}
	return c, nil
}

// plainChildren holds that a thread's children are in the thread's own pid namespace
// (pid_namespaces(7)): a broker that is the first of another takes it along at its end.
func plainChildren(pid, tid int) error {
	dir := "/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(tid) + "/ns/"
	own, err := os.Readlink(dir + "pid")
	if err != nil {
		return err
	}
	// There is no link to a namespace that has no process yet.
	if its, err := os.Readlink(dir + "pid_for_children"); err != nil || its != own {
		return ErrNewNamespace
	}
	return nil
}

// forkBroker makes the broker copy itself, and returns the copy.
func (l *loan) forkBroker(broker int, hurry bool, limit time.Duration) (pid int, err error) {
	if err := awaitBirth(broker); err != nil {
		return 0, err
	}
	if err := ptrace.SetOptions(broker, ptrace.OptClone|ptrace.OptExitKill|l.options); err != nil {
		return 0, err
	}
	if hurry {
		// As ours was (Held.hurry). It dies right behind the copying.
		_ = unix.Setpriority(unix.PRIO_PROCESS, broker, most)
	}
	// The kernel asks a pager of the program's, if it has one (userfaultfd(2),
	// UFFD_FEATURE_EVENT_FORK), and that may stand still as well.
	timer := time.AfterFunc(limit, func() { _ = unix.Kill(broker, unix.SIGKILL) })
	nr := l.t.Regs.Arch.Calls.Clone
	out, err := injected(broker, broker, l.gadget).Call(&l.t.Regs, nr, unix.CLONE_FILES|unix.CLONE_PARENT, inject.OutOfReach)
	timer.Stop()
	if errors.Is(err, sysdeps.ErrGone) {
		err = ErrSlowCopy
	}
	if out.Child == 0 && err == nil {
		err = errNoChild
	}
	if err == nil {
		err = awaitBirth(out.Child)
	}
	if err != nil {
		if out.Child != 0 {
			err = errors.Join(err, end(out.Child))
		}
		return 0, err
	}
	return out.Child, nil
}

// awaitBirth waits for the stop that a new tracee begins with.
func awaitBirth(pid int) error {
	st, err := ptrace.WaitFor(pid)
	if err == nil && !st.Stopped() {
		err = sysdeps.ErrGone
	}
	return err
}

// end kills a tracee and waits for its end, on any thread.
func end(pid int) error {
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		return fmt.Errorf("end process %d: %w", pid, err)
	}
	for {
		st, err := ptrace.WaitForAny(pid)
		if errors.Is(err, unix.ECHILD) {
			return nil // it has ended before, as Copy.While has seen
		}
		if err != nil {
			return fmt.Errorf("end process %d: %w", pid, err)
		}
		if !st.Stopped() {
			return nil
		}
	}
}

// bury ends a broker, and makes the thread that it is the child of take its end.
func (l *loan) bury(broker inject.Outcome) error {
	if err := end(broker.Child); err != nil {
		return err
	}
	return l.reap(broker.Value)
}

// reap makes the thread take the end of a child, by its id in the program's own pid
// namespace.
func (l *loan) reap(child uint64) error {
	const noStatus, noUsage = 0, 0
	_, err := l.call(0, l.t.Regs.Arch.Calls.Wait4, child, noStatus, unix.WALL|unix.WNOHANG, noUsage)
	if errors.Is(err, sysdeps.ErrGone) || errors.Is(err, unix.ECHILD) {
		return nil // it has been killed; or has taken it by itself
	}
	if err != nil {
		return fmt.Errorf("take the end of the child %d: %w", child, err)
	}
	return nil
}
