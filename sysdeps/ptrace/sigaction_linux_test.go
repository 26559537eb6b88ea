package ptrace

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

func TestIgnoreSignal(t *testing.T) {
	const bit = 1 << (unix.SIGUSR2 - 1)
	state := func() string {
		return fmt.Sprintf("ignored %v, caught %v",
			statusField(t, unix.Getpid(), "SigIgn")&bit != 0, statusField(t, unix.Getpid(), "SigCgt")&bit != 0)
	}
	for _, c := range []struct {
		name string
		do   func(unix.Signal) error
		want string
	}{
		{"IgnoreSignal", IgnoreSignal, "ignored true, caught false"},
		{"ResetSignal", ResetSignal, "ignored false, caught false"},
	} {
		if err := c.do(unix.SIGUSR2); err != nil || state() != c.want {
			t.Errorf("%s: %s, %v, want %s", c.name, state(), err, c.want)
		}
	}
	for _, sig := range []unix.Signal{0, unix.SIGKILL, unix.SIGSTOP, 65} {
		if IgnoreSignal(sig) == nil {
			t.Errorf("signal %d can be ignored", sig)
		}
	}
}

// TestDie ends a program by signals that the Go runtime would treat its own way.
func TestDie(t *testing.T) {
	for _, sig := range []unix.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGPIPE, unix.SIGKILL, unix.SIGUSR1, unix.SIGPROF, 64,
	} {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", dieBy, sig))
		err := cmd.Run()
		status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if !ok || !status.Signaled() || status.Signal() != sig {
			t.Errorf("%v: %v", sig, err)
		}
	}
	// What does nothing by default does nothing.
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", dieBy, unix.SIGCHLD))
	if cmd.Run(); cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("SIGCHLD: %v", cmd.ProcessState)
	}
}

// TestWatchSignals sends the test signals of its own.
func TestWatchSignals(t *testing.T) {
	ch, err := WatchSignals(unix.SIGUSR1, unix.SIGWINCH)
	if err != nil {
		t.Fatal(err)
	}
	for _, sig := range []unix.Signal{unix.SIGUSR1, unix.SIGWINCH, unix.SIGUSR1} {
		if err := unix.Kill(unix.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
		info := <-ch
		if info.Signo() != int(sig) {
			t.Errorf("signal %d, want %v", info.Signo(), sig)
		}
		// Who sent it is known where the handler is our own.
		if info.PID() != 0 && (info.PID() != unix.Getpid() || info.Code() != sysdeps.SI_USER) {
			t.Errorf("%v: code %d, from %d", sig, info.Code(), info.PID())
		}
	}
}
