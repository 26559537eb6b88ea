package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// loan is a held thread that does system calls of ours. Its registers are its own
// again behind each.
type loan struct {
	t      *Thread
	gadget sysdeps.Addr // a system call instruction in its code
	// options are those that it is traced with during a call, besides others.
	options uintptr
	mem     *os.File // /proc/PID/mem, for writing; nil where that is not permitted
	siginfo sysdeps.Siginfo
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
	l := &loan{t: best}
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
	if best.Signal != 0 {
		if err := ptrace.GetSiginfo(best.TID, &l.siginfo); err != nil {
			return nil, err
		}
	}
	// Without it, what is put back there is not.
	l.mem, _ = os.OpenFile("/proc/"+strconv.Itoa(best.TID)+"/mem", os.O_RDWR, 0)
	return l, nil
}

// close ends the use of the thread.
func (l *loan) close() {
	if l.mem != nil {
		l.mem.Close()
	}
}

// allSignals are the signals that are blocked during a call: all but SIGTRAP, which the
// kernel would unblock for the step's sake, and SIGSYS, which it would for the call's. It
// resets dispositions on the way (force_sig_info_to_task in kernel/signal.c).
const allSignals = ^uint64(1<<(unix.SIGTRAP-1) | 1<<(unix.SIGSYS-1))

// CallSignalError says that a system call of ours has not been made, but a signal of it.
type CallSignalError struct{ Signal unix.Signal }

// Error names the signal.
func (e *CallSignalError) Error() string {
	return "a system call ends in " + sysdeps.SignalName(int(e.Signal))
}

// call makes the thread do one system call. When it returns, the thread stands where and
// as it stood: also inside a system call of its own that is to be restarted, as the kernel
// looks at the registers only when the thread goes on.
func (l *loan) call(options uintptr, nr int64, args ...uint64) (outcome, error) {
	tid := l.t.TID
	mask, err := ptrace.SignalMask(tid)
	if err != nil {
		return outcome{}, err
	}
	section, inSection := l.criticalSection()
	if err := ptrace.SetOptions(tid, options|l.options); err != nil {
		return outcome{}, err
	}
	if err := ptrace.SetSignalMask(tid, allSignals); err != nil {
		return outcome{}, err
	}
	dispatch := ptrace.GetDispatch(tid)
	if dispatch.On() { // it would make a signal of the call
		if err := ptrace.SetDispatch(tid, ptrace.Dispatch{}); err != nil {
			return outcome{}, errors.Join(err, ptrace.SetSignalMask(tid, mask))
		}
	}
	out, err := makeCall(tid, &l.t.Regs, l.gadget, nr, args...)
	if errors.Is(err, sysdeps.ErrGone) {
		return out, err
	}
	back := []error{
		ptrace.SetRegs(tid, &l.t.Regs),
		ptrace.SetSignalMask(tid, mask),
		ptrace.SetOptions(tid, 0),
	}
	if dispatch.On() {
		back = append(back, ptrace.SetDispatch(tid, dispatch))
	}
	if inSection {
		back = append(back, l.putSection(section))
	}
	if l.t.Signal != 0 {
		// It is taken when the thread goes on, from where it stands now.
		back = append(back, ptrace.SetSiginfo(tid, &l.siginfo))
	}
	return out, errors.Join(append(back, err)...)
}

// rseqSection is where struct rseq has the pointer to the restartable sequence that the
// thread is in (include/uapi/linux/rseq.h).
const rseqSection = 8

// criticalSection returns that pointer, which the kernel clears when a thread goes on
// somewhere else than in the sequence (rseq_ip_fixup in kernel/rseq.c): the sequence
// would be finished then, not begun anew.
func (l *loan) criticalSection() (p [8]byte, in bool) {
	area, ok := ptrace.RseqArea(l.t.TID)
	if !ok || l.mem == nil {
		return p, false
	}
	_, err := l.mem.ReadAt(p[:], int64(area)+rseqSection)
	return p, err == nil && binary.LittleEndian.Uint64(p[:]) != 0
}

func (l *loan) putSection(p [8]byte) error {
	area, ok := ptrace.RseqArea(l.t.TID)
	if !ok {
		return nil
	}
	_, err := l.mem.WriteAt(p[:], int64(area)+rseqSection)
	return err
}

// outcome is what has come of a system call.
type outcome struct {
	value uint64
	child int // the process that it has made, as its tracer knows it; 0 for none
}

// outOfReach is a stack pointer that no process can use: one that is let go in the
// middle of a call, since its tracer has been killed, ends instead of going astray.
const outOfReach = ^uint64(0xfff)

// makeCall makes a stopped thread do one system call, by the instruction at gadget. The
// error is its errno, or tells why there was no call. It is left behind the instruction;
// what is not a general register is taken from like.
func makeCall(tid int, like *sysdeps.Regs, gadget sysdeps.Addr, nr int64, args ...uint64) (outcome, error) {
	regs := *like
	for r := sysdeps.R15; r <= sysdeps.RDI; r++ {
		regs.Set(r, 0)
	}
	regs.Set(sysdeps.RBP, outOfReach)
	regs.SetSP(sysdeps.Addr(outOfReach))
	regs.LeaveSyscall()
	regs.SetPC(gadget)
	regs.Set(regs.Arch.SyscallNr, uint64(nr))
	for i, r := range regs.Arch.SyscallArgs[:len(args)] {
		regs.Set(r, args[i])
	}
	if err := ptrace.SetRegs(tid, &regs); err != nil {
		return outcome{}, err
	}
	child, err := stepCall(tid)
	if err == nil {
		err = ptrace.GetRegs(tid, &regs)
	}
	if err != nil {
		return outcome{child: child}, err
	}
	if e := regs.SyscallResult(); -4096 < e && e < 0 {
		return outcome{child: child}, unix.Errno(-e)
	}
	return outcome{regs.Get(regs.Arch.SyscallNr), child}, nil
}

// stepCall steps a thread over its system call instruction, and returns the process that
// this has made. Signals that cannot be blocked are sent anew behind it.
func stepCall(tid int) (child int, err error) {
	var late []unix.Signal
	defer func() {
		for _, sig := range late {
			if e := unix.Tgkill(tgid(tid), tid, sig); e != nil && err == nil {
				err = fmt.Errorf("send signal %d to %d anew: %w", sig, tid, e)
			}
		}
	}()
	for {
		if err := ptrace.Step(tid, 0); err != nil {
			return child, err
		}
		st, err := ptrace.WaitFor(tid)
		switch {
		case err != nil:
			return child, err
		case !st.Stopped():
			return child, sysdeps.ErrGone
		case int(st)>>16 == unix.PTRACE_EVENT_CLONE:
			if child, err = ptrace.EventMessage(tid); err != nil {
				return child, err
			}
		case int(st)>>16 != 0: // an interrupt, or job control, which outlasts this
		case st.StopSignal() == unix.SIGTRAP && ofKernel(tid):
			return child, nil
		case ofKernel(tid):
			return child, &CallSignalError{st.StopSignal()}
		default:
			late = append(late, st.StopSignal())
		}
	}
}

// ofKernel tells whether the signal that a thread has stopped at is the kernel's answer
// to what the thread does, and was not sent by somebody.
func ofKernel(tid int) bool {
	var info sysdeps.Siginfo
	return ptrace.GetSiginfo(tid, &info) != nil || info.Code() > 0
}

func tgid(tid int) int {
	st, err := proc.ReadStatus(tid)
	if err != nil {
		return tid
	}
	return st.TGID
}
