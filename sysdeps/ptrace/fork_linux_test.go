package ptrace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
)

// TestForkFails has programs that cannot be run: the step and the errno come
// back, and the child ends as a shell's does.
func TestForkFails(t *testing.T) {
	onThread(t)
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name string
		prog Program
		step ChildStep
		errs []syscall.Errno // one of them
	}{
		{"no file", Program{Path: filepath.Join(dir, "none")}, StepExec, []syscall.Errno{unix.ENOENT}},
		{"empty path", Program{}, StepExec, []syscall.Errno{unix.ENOENT}},
		{"below a file", Program{Path: file("plain", "", 0o644) + "/x"}, StepExec, []syscall.Errno{unix.ENOTDIR}},
		{"a directory", Program{Path: dir}, StepExec, []syscall.Errno{unix.EACCES}},
		{"not executable", Program{Path: file("data", "data", 0o644)}, StepExec, []syscall.Errno{unix.EACCES}},
		{"no program", Program{Path: file("text", "text", 0o755)}, StepExec, []syscall.Errno{unix.ENOEXEC}},
		{"an interpreter that is not there", Program{Path: file("script", "#!/none/sh\n", 0o755)}, StepExec, []syscall.Errno{unix.ENOENT}},
		{"arguments beyond all limits", Program{
			Path: "/proc/self/exe", Args: []string{strings.Repeat("x", 1<<20)},
		}, StepExec, []syscall.Errno{unix.E2BIG}},
		{"more groups than there may be", Program{
			Path: "/proc/self/exe", Cred: &Credential{Groups: make([]uint32, 1<<16+1)},
		}, StepGroups, []syscall.Errno{unix.EINVAL, unix.EPERM}},
	} {
		t.Run(c.name, func(t *testing.T) {
			onThread(t) // a subtest has a goroutine of its own
			l := forkChild(t, &c.prog)
			if err := l.Start(); err != nil {
				t.Fatal(err)
			}
			step, errno := l.Failure()
			ok := false
			for _, want := range c.errs {
				ok = ok || errno == want
			}
			if step != c.step || !ok {
				t.Errorf("step %d, %v, want %d, %v", step, errno, c.step, c.errs)
			}
			waitExit(t, l.PID, 127)
		})
	}
}

// TestForkRefused has programs that no child is made for.
func TestForkRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		prog Program
		want string
	}{
		{"path", Program{Path: "a\x00b"}, `launch "a\x00b": invalid argument`},
		{"argument", Program{Path: "/x", Args: []string{"/x", "a\x00b"}}, `launch "/x": arguments: invalid argument`},
		{"environment", Program{Path: "/x", Env: []string{"a\x00b"}}, `launch "/x": environment: invalid argument`},
	} {
		l, err := Fork(&c.prog)
		if err == nil || err.Error() != c.want || !errors.Is(err, unix.EINVAL) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if l != nil {
			end(l.PID)
		}
	}
}

// TestForkInherits stops a program at its exec and looks at what it was given.
func TestForkInherits(t *testing.T) {
	onThread(t)
	ignored, blocked := set(unix.SIGUSR1, unix.SIGPIPE, 34, 64), set(unix.SIGUSR2, unix.SIGHUP, 63)
	l := waitingChild(t, Inherited{Ignored: ignored, Blocked: blocked, FilesSoft: 77, FilesHard: 99})
	ours := []string{descriptor(l.start), descriptor(l.fail)}
	if err := Seize(l.PID, OptExec|OptExitKill); err != nil {
		t.Fatal(err)
	}
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
	if sig, event := waitStop(t, l.PID); sig != unix.SIGTRAP || event != unix.PTRACE_EVENT_EXEC {
		t.Fatalf("%v, event %d", sig, event)
	}
	if step, errno := l.Failure(); step != 0 || errno != 0 {
		t.Errorf("step %d, %v", step, errno)
	}
	if former, err := EventMessage(l.PID); former != l.PID || err != nil {
		t.Errorf("former id %d, %v, want %d", former, err, l.PID)
	}
	for field, want := range map[string]uint64{"SigIgn": ignored, "SigBlk": blocked, "SigCgt": 0} {
		if got := statusField(t, l.PID, field); got != want {
			t.Errorf("%s %#x, want %#x", field, got, want)
		}
	}
	var files unix.Rlimit
	if err := unix.Prlimit(l.PID, unix.RLIMIT_NOFILE, nil, &files); err != nil || files != (unix.Rlimit{Cur: 77, Max: 99}) {
		t.Errorf("open files %+v, %v", files, err)
	}
	for _, name := range descriptors(t, l.PID) {
		if slices.Contains(ours, name) {
			t.Errorf("the program has %s open", name)
		}
	}
}

// descriptor returns what a descriptor of this process leads to.
func descriptor(fd int) string {
	name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	if err != nil {
		return err.Error()
	}
	return name
}

// descriptors returns what the descriptors of a process lead to.
func descriptors(t *testing.T, pid int) []string {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if name, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// TestStartKilled starts a child that is gone already.
func TestStartKilled(t *testing.T) {
	onThread(t)
	l := waitingChild(t, Inherited{})
	end(l.PID)
	if err := l.Start(); !errors.Is(err, unix.EPIPE) {
		t.Errorf("%v, want a broken pipe", err)
	}
	if step, errno := l.Failure(); step != 0 || errno != 0 {
		t.Errorf("step %d, %v", step, errno)
	}
}

// TestForkOrphan holds that a child does not outlive its tracer, whose end
// closes the pipe.
func TestForkOrphan(t *testing.T) {
	onThread(t)
	l := waitingChild(t, Inherited{})
	unix.Close(l.start)
	waitExit(t, l.PID, 127)
	l.Failure()
}

// TestAlarm holds that the child waits until it is rung, whatever signals the
// terminal sends, and keeps nothing of ours open.
func TestAlarm(t *testing.T) {
	onThread(t)
	a, err := NewAlarm()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(a.PID) })
	testkit.Await(t, "the child to close what it has open", func() bool {
		return len(descriptors(t, a.PID)) == 1
	})
	for _, sig := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT} {
		if err := unix.Kill(a.PID, sig); err != nil {
			t.Fatal(err)
		}
	}
	if tid, status, err := Wait(false); tid != 0 || err != nil {
		t.Errorf("before it is rung: %d, %#x, %v", tid, status, err)
	}
	done := make(chan struct{})
	go func() { // any goroutine may ring
		a.Ring()
		close(done)
	}()
	if tid, status, err := Wait(true); tid != a.PID || err != nil || !status.Exited() || status.ExitStatus() != 0 {
		t.Errorf("rung: %d, %#x, %v, want %d", tid, status, err, a.PID)
	}
	<-done
	if tid, _, err := Wait(true); tid != 0 || !errors.Is(err, unix.ECHILD) {
		t.Errorf("without children: %d, %v", tid, err)
	}
}

// TestAlarmSecond holds that an alarm is not kept from ringing by a later one,
// which was made while the first one's pipe was open.
func TestAlarmSecond(t *testing.T) {
	onThread(t)
	var alarms [2]*Alarm
	for i := range alarms {
		a, err := NewAlarm()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { end(a.PID) })
		alarms[i] = a
	}
	for _, a := range alarms {
		a.Ring()
		waitExit(t, a.PID, 0)
	}
}
