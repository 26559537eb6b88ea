package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/corefile"
	"sonde/internal/testkit"
)

// TestLeaderEnded writes the core file of a process whose first thread has ended, through
// which /proc tells nothing of the memory.
func TestLeaderEnded(t *testing.T) {
	p := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/odd.c", "-pthread"), "leader")
	testkit.Await(t, "the first thread has ended", func() bool { return ended(p.PID) })
	for _, args := range []string{"", "--snapshot"} {
		dir := t.TempDir()
		checkStatus(t, fcore(t, dir, append(strings.Fields(args), strconv.Itoa(p.PID))...), 0)
		f, err := corefile.Open(filepath.Join(dir, fmt.Sprintf("core.%d", p.PID)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Process.PID != p.PID || len(f.Threads) != 1 || f.Threads[0].TID == p.PID || len(f.Auxv) == 0 || len(f.Mapped) == 0 ||
			f.Process.Args == "" {
			t.Errorf("%s: process %+v, %d threads, %d bytes of auxv, %d files", args, f.Process, len(f.Threads), len(f.Auxv), len(f.Mapped))
		}
		if _, err := f.ReadMemory(make([]byte, 64), f.Threads[0].Regs.SP()); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// ended tells whether a thread is a zombie, or has been waited for already.
func ended(tid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	return errors.Is(err, fs.ErrNotExist) || strings.Contains(string(text), "State:\tZ")
}

// TestStubborn writes the core file of a process one of whose threads cannot be stopped,
// and says so.
func TestStubborn(t *testing.T) {
	p := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/odd.c", "-pthread"), "vfork")
	for _, args := range []string{"", "--snapshot"} {
		dir := t.TempDir()
		r := fcore(t, dir, append(strings.Fields(args), "--max-stop=300ms", strconv.Itoa(p.PID))...)
		checkStatus(t, r, 0)
		if want := fmt.Sprintf("thread %d: the thread does not stop", p.PID); !strings.Contains(r.Stderr, want) {
			t.Errorf("%s: it says %q, want %q", args, r.Stderr, want)
		}
		f, err := corefile.Open(filepath.Join(dir, fmt.Sprintf("core.%d", p.PID)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Damage != nil || len(f.Threads) != 1 || f.Threads[0].TID == p.PID {
			t.Errorf("%s: %v, threads %+v", args, f.Damage, f.Threads)
		}
	}
}

// TestStubbornGoesOn holds that a thread which could not be stopped is not stopped for
// long when it can be, while the core file of a copy is written.
func TestStubbornGoesOn(t *testing.T) {
	p := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/odd.c", "-pthread"), "vfork")
	child := slices.Collect(maps.Keys(family(t, p.PID)))
	if len(child) != 1 {
		t.Fatalf("children %v", child)
	}
	tool, out := startWriting(t, "--snapshot", strconv.Itoa(p.PID))
	if err := unix.Kill(child[0], unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if line, _ := p.Next(t); line != "goes on" {
		t.Errorf("it says %q", line)
	}
	if _, err := out.WriteTo(nowhere{}); err != nil {
		t.Fatal(err)
	}
	if err := tool.Wait(); err != nil {
		t.Errorf("the tool: %v", err)
	}
	testkit.CheckRunning(t, p.PID)
	if left := family(t, p.PID); len(left) != 1 || left[child[0]] != "Z" { // the program does not wait for it
		t.Errorf("children %v", left)
	}
}

// startWriting runs the tool until it waits for somebody to read what it writes.
func startWriting(t *testing.T, args ...string) (*exec.Cmd, *os.File) {
	t.Helper()
	tool := exec.Command(testkit.Tool(t, "fcore"), append([]string{"-o", "-"}, args...)...)
	out, err := tool.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	tool.Stderr = &strings.Builder{}
	testkit.HeedSignals()
	if err := tool.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tool.Process.Kill() }) // or it has ended
	pipe := out.(*os.File)
	testkit.Await(t, "the tool writes", func() bool {
		n, err := unix.IoctlGetInt(int(pipe.Fd()), unix.TIOCINQ) // FIONREAD
		return err == nil && n > 0
	})
	return tool, pipe
}

// TestOwner holds that a core file is its user's, unless the user may not look into the
// process.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("changing users takes root")
	}
	const nobody = 65534
	for _, c := range []struct {
		mode string
		uid  uint32
	}{{"user", nobody}, {"secret", 0}} {
		p := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/odd.c", "-pthread"), c.mode)
		dir := t.TempDir()
		checkStatus(t, fcore(t, dir, strconv.Itoa(p.PID)), 0)
		fi, err := os.Stat(filepath.Join(dir, fmt.Sprintf("core.%d", p.PID)))
		if err != nil {
			t.Fatal(err)
		}
		if st := fi.Sys().(*syscall.Stat_t); st.Uid != c.uid || fi.Mode() != 0o600 {
			t.Errorf("%s: it is user %d's, %v, want user %d's", c.mode, st.Uid, fi.Mode(), c.uid)
		}
	}
}

// TestRefused holds that nobody else gets the memory of a process that is not dumpable,
// and is told why.
func TestRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("changing users takes root")
	}
	p := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/odd.c", "-pthread"), "secret")
	dir := t.TempDir()
	tool := filepath.Join(dir, "fcore")
	binary, err := os.ReadFile(testkit.Tool(t, "fcore"))
	if err == nil {
		err = os.WriteFile(tool, binary, 0o755)
	}
	for d := dir; err == nil && strings.HasPrefix(d, filepath.Clean(os.TempDir())+"/"); d = filepath.Dir(d) {
		err = os.Chmod(d, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, strconv.Itoa(p.PID))
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "not dumpable") {
		t.Errorf("%v, it says %q", err, out)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "core*")); err != nil || len(files) > 0 {
		t.Errorf("%v, %v", files, err)
	}
}

// TestLinks holds that a name which is a symbolic link is replaced, not followed.
func TestLinks(t *testing.T) {
	p, _ := start(t)
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	core := filepath.Join(dir, fmt.Sprintf("core.%d", p.PID))
	if err := os.WriteFile(victim, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, core); err != nil {
		t.Fatal(err)
	}
	checkStatus(t, fcore(t, dir, strconv.Itoa(p.PID)), 0)
	if text, err := os.ReadFile(victim); err != nil || string(text) != "mine" {
		t.Errorf("what the link leads to is %d bytes: %v", len(text), err)
	}
	if fi, err := os.Lstat(core); err != nil || !fi.Mode().IsRegular() {
		t.Errorf("%v, %v", fi, err)
	}
}

// TestKilled kills the process while its core file is written: there is none.
func TestKilled(t *testing.T) {
	for _, args := range []string{"", "--snapshot"} {
		t.Run(args, func(t *testing.T) {
			p, _ := start(t)
			tool, pipe := startWriting(t, append(strings.Fields(args), strconv.Itoa(p.PID))...)
			whose := []int{p.PID}
			if args != "" {
				whose = slices.Collect(maps.Keys(family(t, p.PID)))
			}
			for _, pid := range whose {
				if err := unix.Kill(pid, unix.SIGKILL); err != nil {
					t.Fatal(err)
				}
				testkit.Await(t, "it has ended", func() bool { return ended(pid) })
			}
			if _, err := pipe.WriteTo(nowhere{}); err != nil {
				t.Fatal(err)
			}
			if err := tool.Wait(); err == nil || !strings.Contains(fmt.Sprint(tool.Stderr), "has ended before") {
				t.Errorf("%v, it says %q", err, tool.Stderr)
			}
		})
	}
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
