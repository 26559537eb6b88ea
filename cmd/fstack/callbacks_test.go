package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/stacks"
)

// TestCallbacks goes through stacks on which Go calls C, and C calls Go, of the process and
// of its core file. A goroutine that no thread runs has left its C functions on the stack of
// the thread that waits for it.
func TestCallbacks(t *testing.T) {
	const through = "main.goStep goStep cStep main.goStep goStep cStep "
	for _, flags := range []string{"CGO_ENABLED=1", "CGO_ENABLED=1 -buildmode=pie", "CGO_ENABLED=1 -ldflags=-s"} {
		program := testkit.BuildGo(t, "testdata/callbacks", strings.Fields(flags)...)
		for _, c := range []struct{ args, want string }{
			{"0", "cWaits " + through + "main.goStep goStep cStep main.main"},
			{"1", through + "main.goStep goStep cStep main.main"},
			{"2", "main.goStep main.goStep main.goStep main.main"},
			{"0 thread", "cWaits " + through + "cThread"},
			{"1 thread", through + "cThread"},
			{"2 thread", "main.goStep main.goStep"},
		} {
			if strings.Contains(flags, " ") && c.args[0] == '1' {
				continue // once is enough for what the others go through as well
			}
			t.Run(flags+" "+c.args, func(t *testing.T) {
				p := testkit.StartTarget(t, nil, program, strings.Fields(c.args)...)
				testkit.Await(t, "it waits", func() bool { return waits(t, p.PID, c.args) })
				pid, dir := strconv.Itoa(p.PID), t.TempDir()
				run0(t, "fcore", "-o", filepath.Join(dir, "core"), pid)
				for _, of := range []string{pid, filepath.Join(dir, "core."+pid)} {
					var all []string
					for _, th := range process(t, "--goroutines", of).Threads {
						if th.Why != "" {
							t.Errorf("%s: thread %d, goroutine %d: %s", of, th.TID, th.Goroutine, th.Why)
						}
						if s := steps(&th); strings.Contains(s, "main.goStep") {
							all = append(all, s)
						}
					}
					if !slices.Equal(all, []string{c.want}) && !strings.Contains(flags, "-s") {
						t.Errorf("%s: %q, want %q", of, all, c.want)
					}
				}
			})
		}
	}
}

// waits tells whether one of a process's threads, or one of its goroutines, has come where
// it stays.
func waits(t *testing.T, pid int, args string) bool {
	t.Helper()
	for _, th := range process(t, "--goroutines", strconv.Itoa(pid)).Threads {
		text := fmt.Sprint(th.Syscall, th.State)
		if strings.Contains(steps(&th), "main.goStep") && (strings.HasPrefix(text, "pause") || args[0] == '2' && text == "chan receive") {
			return true
		}
	}
	return false
}

// steps are the program's own functions on a stack.
func steps(th *stacks.Thread) string {
	var all []string
	for _, f := range th.Frames {
		switch f.Function {
		case "main.goStep", "goStep", "cStep", "cWaits", "cThread", "main.main":
			all = append(all, f.Function)
		}
	}
	return strings.Join(all, " ")
}
