package snapshot

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"sonde/inject"
	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// loan is a held thread that does system calls of ours. Its registers are its own
// again behind each.
type loan struct {
	pid    int
	t      *Thread
	gadget sysdeps.Addr // a system call instruction in its code
	// options are those that it is traced with during a call, besides others.
	options uintptr
}

// ErrSeccomp says that a process cannot be made to do system calls: its filter might end
// it for one that it has not made itself.
var ErrSeccomp = errors.New("the process is under seccomp, and suspending its filter takes CAP_SYS_ADMIN")

// borrow chooses a thread, one that is in a system call where there is: those are not in
// the middle of anything.
func (h *Held) borrow(maps []proc.Mapping, mem sysdeps.Memory) (*loan, error) {
	var best *Thread
	rank := 0
	for _, t := range h.Threads {
		if t.Err != nil {
			continue
		}
		r := 1
		if t.Signal == 0 {
			r += 2
		}
		if _, in := t.Regs.Syscall(); in {
			r++
		}
		if r > rank {
			best, rank = t, r
		}
	}
	if best == nil {
		return nil, ErrNoThreads
	}
	l := &loan{pid: h.PID, t: best}
	st, err := proc.ReadStatus(best.TID)
	if err != nil {
		return nil, err
	}
	if st.Seccomp != 0 {
		l.options = ptrace.OptNoSeccomp
		if err := ptrace.SetOptions(best.TID, l.options); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSeccomp, err)
		}
	}
	if l.gadget, err = proc.FindSyscall(mem, best.Regs.Arch, maps); err != nil {
		return nil, err
	}
	return l, nil
}

// call makes the thread do one system call. When it returns, the thread stands where and
// as it stood: also inside a system call of its own that is to be restarted, as the kernel
// looks at the registers only when the thread goes on.
func (l *loan) call(options uintptr, nr int64, args ...uint64) (inject.Outcome, error) {
	tid := l.t.TID
	if err := ptrace.SetOptions(tid, options|l.options); err != nil {
		return inject.Outcome{}, err
	}
	aside, err := inject.SetAside(tid, l.t.Signal)
	if err != nil {
		return inject.Outcome{}, errors.Join(err, ptrace.SetOptions(tid, 0))
	}
	out, err := injected(l.pid, tid, l.gadget).Call(&l.t.Regs, nr, args...)
	if errors.Is(err, sysdeps.ErrGone) {
		return out, err
	}
	back := []error{ptrace.SetRegs(tid, &l.t.Regs), aside.PutBack(), ptrace.SetOptions(tid, 0)}
	return out, errors.Join(append(back, err)...)
}

// injected returns a thread for calls, for which alone it is waited meanwhile.
func injected(pid, tid int, gadget sysdeps.Addr) *inject.Thread {
	return &inject.Thread{PID: pid, TID: tid, Gadget: gadget, Next: func() (unix.WaitStatus, error) {
		st, err := ptrace.WaitFor(tid)
		if err == nil && !st.Stopped() {
			err = sysdeps.ErrGone
		}
		return st, err
	}}
}
