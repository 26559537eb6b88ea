package main

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
)

// TestKilled holds that nothing outlives the program when a signal ends it at any moment, it
// alone or all of its terminal's group: no process, and no file.
func TestKilled(t *testing.T) {
	asReaper(t)
	tool := testkit.Tool(t, "fsystest")
	random := rand.New(rand.NewPCG(1, 0))
	found := 0
	for try := range 20 {
		group := string("ASEXNGTWYRMZOQ"[random.IntN(14)])
		dir := t.TempDir()
		cmd := exec.Command(tool, "--jobs=4", "--repeat=1000", "--keep-going", "--time=0.2", "--group="+group)
		cmd.Env = append(os.Environ(), "TMPDIR="+dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range random.IntN(40) { // those of the machine's report too
			lines.Scan()
		}
		whom := cmd.Process.Pid
		if random.IntN(2) == 0 {
			whom = -whom
		}
		sig := []unix.Signal{unix.SIGKILL, unix.SIGKILL, unix.SIGKILL, unix.SIGHUP, unix.SIGQUIT}[random.IntN(5)]
		if err := unix.Kill(whom, sig); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it is killed
		found += len(descendants(t))
		where := fmt.Sprintf("try %d, group %s, %v to %d", try, group, sig, whom)
		endsAlone(t, where)
		if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
			t.Errorf("%s: files are left: %v, %v", where, left, err)
		}
	}
	if found == 0 {
		t.Error("no row's process was ever there when the program was killed")
	}
}

// asReaper makes this process the one that gets all that comes of its children, for a test.
func asReaper(t *testing.T) {
	t.Helper()
	set := func(on uintptr) {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, on, 0, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	set(1)
	t.Cleanup(func() { set(0) })
}

// endsAlone holds that all processes below this one end by themselves, and ends those that
// do not.
func endsAlone(t *testing.T, where string) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); ; {
		pid, err := unix.Wait4(-1, nil, unix.WALL|unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.ECHILD):
			return
		case pid > 0:
			continue
		case time.Now().After(until):
			for _, p := range descendants(t) {
				t.Errorf("%s: left: %s", where, p.stat)
				_ = unix.Kill(p.pid, unix.SIGKILL) // it may be gone
			}
			until = until.Add(time.Second) // they come to this process
		}
		time.Sleep(time.Millisecond) // no descriptor tells of the end of any child
	}
}

type process struct {
	pid  int
	stat string // its beginning (proc_pid_stat(5))
}

// descendants returns the processes below this one.
func descendants(t *testing.T) (below []process) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	parents := map[int]bool{os.Getpid(): true}
	for grown := true; grown; {
		grown = false
		for _, file := range stats {
			b, err := os.ReadFile(file)
			if err != nil {
				continue // it has ended
			}
			var p process
			var ppid int
			var state string
			p.stat = string(b[:min(len(b), 60)])
			comm := strings.LastIndexByte(p.stat, ')')
			if _, err := fmt.Sscan(p.stat, &p.pid); err != nil || comm < 0 {
				t.Fatalf("%s: %q", file, b)
			}
			if _, err := fmt.Sscan(p.stat[comm+1:], &state, &ppid); err == nil && parents[ppid] && !parents[p.pid] {
				parents[p.pid], grown = true, true
				below = append(below, p)
			}
		}
	}
	return below
}
