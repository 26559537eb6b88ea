package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestDelve opens core files of a Go program with delve, which must list the goroutines
// that it lists of the live process, with the same stacks.
func TestDelve(t *testing.T) {
	program := testkit.BuildGo(t, "testdata/goroutines", "-gcflags=all=-N -l")
	p := testkit.StartTarget(t, nil, program)
	testkit.Await(t, "all threads sleep", func() bool {
		threads, err := testkit.Threads(p.PID)
		return err == nil && !slices.ContainsFunc(threads, func(th testkit.ThreadStatus) bool { return th.State != 'S' })
	})
	dir, pid := t.TempDir(), strconv.Itoa(p.PID)
	checkStatus(t, fcore(t, dir, pid), 0)
	checkStatus(t, fcore(t, dir, "--snapshot", "-o", "copy", pid), 0)
	live := goroutines(t, "attach", pid)
	for _, want := range []string{"main.receive", "main.choose", "main.lock", "main.deep", "main.read", "main.main"} {
		if !strings.Contains(live, want) {
			t.Errorf("of the process it does not show %s:\n%s", want, live)
		}
	}
	for _, core := range []string{"core." + pid, "copy." + pid} {
		if dead := goroutines(t, "core", program, filepath.Join(dir, core)); dead != live {
			t.Errorf("of %s:\n%s\nof the process:\n%s", core, dead, live)
		}
	}
	p.EndTarget(t)
}

// goroutines returns what delve says of all goroutines, with their stacks.
func goroutines(t *testing.T, target ...string) string {
	t.Helper()
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("goroutines -t 50\nexit\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append(target, "--init", script, "--allow-non-terminal-interactive")
	cmd := exec.Command(testkit.GoTool(t, "dlv"), args...)
	cmd.Stdin = strings.NewReader("n\n") // it asks whether the process is to be killed
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	text, _, found := strings.Cut(string(out), " goroutines]")
	if !found {
		t.Fatalf("%s: %v\n%s", fmt.Sprint(cmd.Args), err, out)
	}
	return text
}
