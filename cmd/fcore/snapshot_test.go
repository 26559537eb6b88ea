package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/corefile"
	"sonde/internal/testkit"
	"sonde/snapshot"
)

// TestSnapshot writes core files of a copy, and says what such a file does not hold.
func TestSnapshot(t *testing.T) {
	program := testkit.Build(t, "../../snapshot/testdata/copied.c", "-O1", "-pthread")
	for _, c := range []struct{ mode, args, says string }{
		{"threads", "-v", "stood still for"},
		{"spin", "--compress=zstd", ""},
		{"mappings", "", "children do not get these mappings"},
		{"mappings", "", "children get these mappings empty"},
		{"mappings", "", "these mappings are shared"},
	} {
		p := testkit.StartTarget(t, nil, program, c.mode)
		dir, pid := t.TempDir(), strconv.Itoa(p.PID)
		r := fcore(t, dir, append(strings.Fields(c.args), "--snapshot", pid)...)
		checkStatus(t, r, 0)
		if !strings.Contains(r.Stderr, c.says) || c.says == "" && r.Stderr != "" {
			t.Errorf("%s: it says %q, want %q", c.mode, r.Stderr, c.says)
		}
		if left := family(t, p.PID); len(left) > 0 {
			t.Errorf("%s: children %v", c.mode, left)
		}
		cores, err := filepath.Glob(filepath.Join(dir, "core.*"))
		if err != nil || len(cores) != 1 {
			t.Fatalf("%v, %v", cores, err)
		}
		f, err := corefile.Open(cores[0])
		if err != nil || f.Damage != nil || f.Process.PID != p.PID {
			t.Fatalf("%s: %v, %+v", c.mode, err, f)
		}
		f.Close()
		if c.mode == "mappings" {
			p.Next(t)
		}
		p.EndTarget(t)
	}
}

// family returns the children that a process has, with their states.
func family(t *testing.T, pid int) map[int]string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[int]string)
	for _, file := range files {
		text, _ := os.ReadFile(file) // it may be gone
		_, rest, _ := strings.Cut(string(text), ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[1] == strconv.Itoa(pid) {
			id, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			all[id] = f[0]
		}
	}
	return all
}

// TestSnapshotEnded ends the tool while it writes: the process goes on.
func TestSnapshotEnded(t *testing.T) {
	program := testkit.Build(t, "../../snapshot/testdata/copied.c", "-O1", "-pthread")
	for _, sig := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGKILL} {
		p := testkit.StartTarget(t, nil, program, "threads")
		tool, _ := startWriting(t, "--snapshot", strconv.Itoa(p.PID))
		if err := tool.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_ = tool.Wait() // its status is looked at
		if ws := tool.ProcessState.Sys().(syscall.WaitStatus); !ws.Signaled() || ws.Signal() != sig {
			t.Errorf("%v: the tool has ended with %v", sig, tool.ProcessState)
		}
		if sig == unix.SIGKILL { // nobody is there to take the copy's end
			testkit.Await(t, "the copy has ended", func() bool {
				left := slices.Collect(maps.Values(family(t, p.PID)))
				return len(left) == 1 && left[0] == "Z"
			})
		} else if left := family(t, p.PID); len(left) > 0 {
			t.Errorf("%v: children %v", sig, left)
		}
		p.EndTarget(t)
	}
}

// TestSnapshotRefused has a process that may have no children, and others.
func TestSnapshotRefused(t *testing.T) {
	program := testkit.Build(t, "../../snapshot/testdata/copied.c", "-O1", "-pthread")
	p := testkit.StartTarget(t, nil, program, "limit")
	r := fcore(t, t.TempDir(), "--snapshot", strconv.Itoa(p.PID))
	checkStatus(t, r, exitFailed)
	want := fmt.Sprintf("fcore: fork process %d: resource temporarily unavailable (its user, or its control group, ", p.PID)
	if !strings.HasPrefix(r.Stderr, want) || strings.Count(r.Stderr, "\n") != 1 {
		t.Errorf("it says %q, want %q", r.Stderr, want)
	}
	p.EndTarget(t)
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("%w: %w", snapshot.ErrSeccomp, unix.EPERM), "try as root; without --snapshot"},
		{snapshot.ErrNewNamespace, "namespace (without --snapshot"},
		{unix.ENOMEM, "no memory for a copy"},
		{unix.EPERM, "attach to process 1: operation not permitted"},
	} {
		if got := notCopied(1, c.err).Error(); !strings.Contains(got, c.want) {
			t.Errorf("%v: it says %q, want %q", c.err, got, c.want)
		}
	}
}
