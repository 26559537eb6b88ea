package ptrace

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// dieBy is the variable that makes this program end itself by the signal of
// that number.
const dieBy = "PTRACE_TEST_DIE_BY"

func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv(dieBy)); err == nil {
		Die(unix.Signal(n))
		os.Exit(3) // it did not
	}
	os.Exit(m.Run())
}

// onThread keeps the test on one OS thread: what it starts there is that
// thread's to wait for and to trace.
func onThread(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
}

// waitingChild returns a child that waits for Start, to become this program
// with the given inheritance. It is killed and waited for at the test's end.
func waitingChild(t *testing.T, in Inherited) *Launch {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return forkChild(t, &Program{Path: exe, Args: []string{exe, "-test.run=^$"}, In: in})
}

func forkChild(t *testing.T, prog *Program) *Launch {
	t.Helper()
	l, err := Fork(prog)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(l.PID) })
	return l
}

// end kills a child of this thread, unless it has been waited for.
func end(pid int) {
	if unix.Kill(pid, unix.SIGKILL) != nil {
		return
	}
	for {
		status, err := WaitFor(pid)
		if err != nil || !status.Stopped() {
			return
		}
	}
}

// waitExit waits for the end of a child that must exit with this status.
func waitExit(t *testing.T, pid, want int) {
	t.Helper()
	status, err := WaitFor(pid)
	if err != nil || !status.Exited() || status.ExitStatus() != want {
		t.Errorf("process %d: status %#x, %v, want exit with %d", pid, status, err, want)
	}
}

// waitStop waits for a stop of a tracee and returns its signal and event.
func waitStop(t *testing.T, tid int) (sig unix.Signal, event int) {
	t.Helper()
	status, err := WaitFor(tid)
	if err != nil || !status.Stopped() {
		t.Fatalf("thread %d: status %#x, %v, want a stop", tid, status, err)
	}
	return status.StopSignal(), int(status) >> 16
}

// statusField reads one hexadecimal field of /proc/PID/status.
func statusField(t *testing.T, pid int, field string) uint64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			v, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("process %d has no %s", pid, field)
	return 0
}

func set(sigs ...unix.Signal) (s uint64) {
	for _, sig := range sigs {
		s |= 1 << (sig - 1)
	}
	return s
}

// gonePID returns the id of a process that has been.
func gonePID(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "-test.run=^$")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}
