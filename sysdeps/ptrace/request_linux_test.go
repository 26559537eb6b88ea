package ptrace

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// atExec returns the id of a tracee that stands at its exec.
func atExec(t *testing.T) int {
	t.Helper()
	l := waitingChild(t, Inherited{})
	if err := Seize(l.PID, OptExec|OptExitKill); err != nil {
		t.Fatal(err)
	}
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
	if sig, event := waitStop(t, l.PID); sig != unix.SIGTRAP || event != unix.PTRACE_EVENT_EXEC {
		t.Fatalf("%v, event %d", sig, event)
	}
	l.Failure()
	return l.PID
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestInterruptRegs(t *testing.T) {
	onThread(t)
	l := waitingChild(t, Inherited{})
	testkit.Await(t, "the child to wait for its start", func() bool {
		call, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", l.PID))
		return err == nil && strings.HasPrefix(string(call), fmt.Sprintf("%d ", unix.SYS_READ))
	})
	must(t, Seize(l.PID, 0))
	must(t, Interrupt(l.PID))
	if sig, event := waitStop(t, l.PID); sig != unix.SIGTRAP || event != EventStop {
		t.Fatalf("%v, event %d", sig, event)
	}
	var regs, again sysdeps.Regs
	must(t, GetRegs(l.PID, &regs))
	if regs.Arch != sysdeps.AMD64 || regs.PC() == 0 || regs.SP() == 0 {
		t.Fatalf("%v, at %v, stack at %v", regs.Arch, regs.PC(), regs.SP())
	}
	if nr, in := regs.Syscall(); nr != unix.SYS_READ || !in {
		t.Errorf("in system call %d, %v, want %d", nr, in, unix.SYS_READ)
	}
	changed := regs
	changed.Set(sysdeps.R15, 0x1122334455667788)
	must(t, SetRegs(l.PID, &changed))
	must(t, GetRegs(l.PID, &again))
	if again != changed {
		t.Error("the registers do not come back as they were set")
	}
	must(t, SetRegs(l.PID, &regs))
	must(t, Cont(l.PID, 0))
	must(t, l.Start()) // the system call goes on
	if step, errno := l.Failure(); step != 0 || errno != 0 {
		t.Errorf("step %d, %v", step, errno)
	}
}

func TestSignalMask(t *testing.T) {
	onThread(t)
	pid := atExec(t)
	if mask, err := SignalMask(pid); mask != 0 || err != nil {
		t.Errorf("%#x, %v", mask, err)
	}
	want := set(unix.SIGUSR1, unix.SIGTRAP, 64)
	must(t, SetSignalMask(pid, want))
	if mask, err := SignalMask(pid); mask != want || err != nil {
		t.Errorf("%#x, %v, want %#x", mask, err, want)
	}
	if got := statusField(t, pid, "SigBlk"); got != want {
		t.Errorf("the kernel has %#x, want %#x", got, want)
	}
	// SIGKILL and SIGSTOP cannot be blocked.
	must(t, SetSignalMask(pid, ^uint64(0)))
	if mask, err := SignalMask(pid); mask != ^set(unix.SIGKILL, unix.SIGSTOP) || err != nil {
		t.Errorf("%#x, %v", mask, err)
	}
}

// TestStep steps twice: a step from a stop inside a system call, as an exec's
// is, ends with that call (syscall_exit_work in the kernel's
// kernel/entry/common.c); the next is an instruction.
func TestStep(t *testing.T) {
	onThread(t)
	pid := atExec(t)
	for _, c := range []struct {
		code  string
		moves bool
	}{
		{"TRAP_BRKPT", false},
		{"TRAP_TRACE", true},
	} {
		var before, after sysdeps.Regs
		must(t, GetRegs(pid, &before))
		must(t, Step(pid, 0))
		if sig, event := waitStop(t, pid); sig != unix.SIGTRAP || event != 0 {
			t.Fatalf("%v, event %d", sig, event)
		}
		must(t, GetRegs(pid, &after))
		if moved := before.PC() != after.PC(); moved != c.moves {
			t.Errorf("from %v to %v", before.PC(), after.PC())
		}
		var info sysdeps.Siginfo
		must(t, GetSiginfo(pid, &info))
		if name := sysdeps.SigcodeName(info.Signo(), info.Code()); name != c.code || info.Fault() != after.PC() {
			t.Errorf("signal %d, %s, at %v, want %s at %v", info.Signo(), name, info.Fault(), c.code, after.PC())
		}
	}
}

// TestSignals delivers signals, stops the program as job control does, and lets
// it go with one.
func TestSignals(t *testing.T) {
	onThread(t)
	pid := atExec(t)
	must(t, unix.Kill(pid, unix.SIGUSR1))
	must(t, Cont(pid, 0))
	if sig, event := waitStop(t, pid); sig != unix.SIGUSR1 || event != 0 {
		t.Fatalf("%v, event %d", sig, event)
	}
	var info sysdeps.Siginfo
	must(t, GetSiginfo(pid, &info))
	if info.Signo() != int(unix.SIGUSR1) || info.Code() != sysdeps.SI_USER || info.PID() != unix.Getpid() || int(info.UID()) != unix.Getuid() {
		t.Errorf("signal %d, code %d, from %d of user %d", info.Signo(), info.Code(), info.PID(), info.UID())
	}

	must(t, Cont(pid, int(unix.SIGSTOP)))
	if sig, event := waitStop(t, pid); sig != unix.SIGSTOP || event != EventStop {
		t.Fatalf("%v, event %d", sig, event)
	}
	must(t, Listen(pid))
	if tid, status, err := Wait(false); tid != 0 || err != nil {
		t.Errorf("while it is stopped: %d, %#x, %v", tid, status, err)
	}
	must(t, unix.Kill(pid, unix.SIGCONT))
	if sig, event := waitStop(t, pid); sig != unix.SIGTRAP || event != EventStop {
		t.Fatalf("%v, event %d", sig, event)
	}
	must(t, Cont(pid, 0))
	if sig, event := waitStop(t, pid); sig != unix.SIGCONT || event != 0 {
		t.Fatalf("%v, event %d", sig, event)
	}

	must(t, Detach(pid, int(unix.SIGTERM)))
	status, err := WaitFor(pid)
	if err != nil || !status.Signaled() || status.Signal() != unix.SIGTERM {
		t.Errorf("status %#x, %v, want an end by SIGTERM", status, err)
	}
}

// TestGone holds that every request on a thread that is no more says so.
func TestGone(t *testing.T) {
	onThread(t)
	pid := gonePID(t)
	var regs sysdeps.Regs
	regs.Arch = sysdeps.AMD64
	var info sysdeps.Siginfo
	for name, err := range map[string]error{
		"PTRACE_SEIZE":       Seize(pid, 0),
		"PTRACE_INTERRUPT":   Interrupt(pid),
		"PTRACE_LISTEN":      Listen(pid),
		"PTRACE_CONT":        Cont(pid, 0),
		"PTRACE_SINGLESTEP":  Step(pid, 0),
		"PTRACE_DETACH":      Detach(pid, 0),
		"PTRACE_GETREGSET":   GetRegs(pid, &regs),
		"PTRACE_SETREGSET":   SetRegs(pid, &sysdeps.Regs{Arch: sysdeps.AMD64}),
		"PTRACE_GETSIGINFO":  GetSiginfo(pid, &info),
		"PTRACE_GETEVENTMSG": second(EventMessage(pid)),
		"PTRACE_GETSIGMASK":  second(SignalMask(pid)),
		"PTRACE_SETSIGMASK":  SetSignalMask(pid, 0),
	} {
		var op *sysdeps.OpError
		if !errors.Is(err, sysdeps.ErrGone) || !errors.As(err, &op) || op.Op != name || op.TID != pid {
			t.Errorf("%s: %v", name, err)
		}
	}
	var vectors sysdeps.Vectors
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		if err := GetVectors(pid, arch, &vectors); !errors.Is(err, sysdeps.ErrGone) {
			t.Errorf("vectors of %s: %v", arch.Name, err)
		}
	}
	if HasShadowStack(pid) {
		t.Error("a shadow stack")
	}
}

func second[T any](_ T, err error) error { return err }

func TestSameMemory(t *testing.T) {
	onThread(t)
	self := unix.Getpid()
	if _, err := SameMemory(self, self); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this kernel has no kcmp")
	}
	child, other := waitingChild(t, Inherited{}), waitingChild(t, Inherited{})
	for _, c := range []struct {
		name string
		a, b int
		want bool
	}{
		{"a process and itself", self, self, true},
		{"a process and its thread", self, unix.Gettid(), true},
		{"a process and its child", self, child.PID, false},
		{"two children", child.PID, other.PID, false},
		{"a child and itself", child.PID, child.PID, true},
	} {
		if got, err := SameMemory(c.a, c.b); got != c.want || err != nil {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	gone := gonePID(t)
	for _, pids := range [][2]int{{gone, self}, {self, gone}} {
		if _, err := SameMemory(pids[0], pids[1]); !errors.Is(err, sysdeps.ErrGone) {
			t.Errorf("with a process that is gone: %v", err)
		}
	}
}

// TestAwaited follows a child to its end: asking takes nothing that Wait would tell.
func TestAwaited(t *testing.T) {
	onThread(t)
	pid := atExec(t)
	if !Awaited(pid) {
		t.Error("a tracee that stands still is not awaited")
	}
	must(t, unix.Kill(pid, unix.SIGKILL))
	for range 2 {
		if !Awaited(pid) {
			t.Error("a tracee whose end nobody has taken is not awaited")
		}
	}
	if status, err := WaitFor(pid); err != nil || status.Signal() != unix.SIGKILL {
		t.Errorf("it ended with %#x, %v", status, err)
	}
	if Awaited(pid) {
		t.Error("a tracee whose end has been taken is awaited")
	}
	if Awaited(1) {
		t.Error("process 1 is awaited")
	}
}
