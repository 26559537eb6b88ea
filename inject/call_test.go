package inject

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// hold starts a program that waits in read(2), stops it, and returns it with its
// registers, which stand behind a system call instruction.
func hold(t *testing.T) (*Thread, *sysdeps.Regs) {
	t.Helper()
	pid := testkit.Start(t, "stdout", nil, "/bin/cat").PID
	testkit.Await(t, "it reads", func() bool {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/syscall")
		return err == nil && strings.HasPrefix(string(text), strconv.Itoa(unix.SYS_READ)+" ")
	})
	runtime.LockOSThread() // for good: the program is let go when the thread ends
	th := &Thread{PID: pid, TID: pid, Next: func() (unix.WaitStatus, error) {
		st, err := ptrace.WaitFor(pid)
		if err == nil && !st.Stopped() {
			err = sysdeps.ErrGone
		}
		return st, err
	}}
	var regs sysdeps.Regs
	err := ptrace.Seize(pid, 0)
	if err == nil {
		err = ptrace.Interrupt(pid)
	}
	if err == nil {
		_, err = th.Next()
	}
	if err == nil {
		err = ptrace.GetRegs(pid, &regs)
	}
	if err != nil {
		t.Fatal(err)
	}
	th.Gadget = regs.PC() - sysdeps.Addr(len(regs.Arch.SyscallInsn))
	return th, &regs
}

// pending returns the signals that wait for a thread; bit n-1 stands for signal n.
func pending(t *testing.T, tid int) (set uint64) {
	t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "\nSigPnd:\t")
	line, _, _ = strings.Cut(line, "\n")
	if set, err = strconv.ParseUint(line, 16, 64); err != nil {
		t.Fatal(err)
	}
	return set
}

// TestCall makes calls while a signal waits to be taken: it still does, behind them, and
// the calls are made.
func TestCall(t *testing.T) {
	for _, sig := range []unix.Signal{0, unix.SIGTRAP, unix.SIGSYS, unix.SIGSTOP, unix.SIGUSR1, unix.SIGSEGV} {
		t.Run(sysdeps.SignalName(int(sig)), func(t *testing.T) {
			th, regs := hold(t)
			before, err := ptrace.SignalMask(th.TID)
			if err != nil {
				t.Fatal(err)
			}
			if err := unix.Tgkill(th.PID, th.TID, sig); err != nil {
				t.Fatal(err)
			}
			a, err := SetAside(th.TID, 0)
			if err != nil {
				t.Fatal(err)
			}
			if out, err := th.Call(regs, unix.SYS_GETPID); err != nil || out.Value != uint64(th.PID) {
				t.Errorf("getpid: %d, %v, want %d", out.Value, err, th.PID)
			}
			if _, err := th.Call(regs, unix.SYS_CLOSE, 1<<20); !errors.Is(err, unix.EBADF) {
				t.Errorf("close: %v, want EBADF", err)
			}
			if err := errors.Join(ptrace.SetRegs(th.TID, regs), a.PutBack()); err != nil {
				t.Error(err)
			}
			want := uint64(0)
			if sig != 0 {
				want = 1 << (sig - 1)
			}
			if got := pending(t, th.TID); got != want {
				t.Errorf("pending signals %#x, want %#x", got, want)
			}
			if mask, err := ptrace.SignalMask(th.TID); mask != before || err != nil {
				t.Errorf("signal mask %#x, %v, want %#x", mask, err, before)
			}
		})
	}
}

// TestCallDispatched makes calls in a program whose system calls are answered by a
// signal, wherever they come from: not ours, unless that is not set aside.
func TestCallDispatched(t *testing.T) {
	th, regs := hold(t)
	const setDispatch, on, nowhere, noSelector = 59, 1, 0, 0 // PR_SET_SYSCALL_USER_DISPATCH, linux/prctl.h
	if _, err := th.Call(regs, unix.SYS_PRCTL, setDispatch, on, nowhere, nowhere, noSelector); err != nil {
		t.Fatal(err)
	}
	was := ptrace.GetDispatch(th.TID)
	if !was.On() {
		t.Fatal("it is not on")
	}
	a, err := SetAside(th.TID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := th.Call(regs, unix.SYS_GETPID); err != nil || out.Value != uint64(th.PID) {
		t.Errorf("getpid: %d, %v, want %d", out.Value, err, th.PID)
	}
	if err := a.PutBack(); err != nil {
		t.Error(err)
	}
	if now := ptrace.GetDispatch(th.TID); now != was {
		t.Errorf("it is %+v afterwards, and was %+v", now, was)
	}
	var signal *SignalError
	if _, err := th.Call(regs, unix.SYS_GETPID); !errors.As(err, &signal) || signal.Signal != unix.SIGSYS {
		t.Errorf("getpid, nothing set aside: %v, want SIGSYS", err)
	}
}
