package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// systemTrace runs a program, and all that it makes, under a tracer of system calls.
func systemTrace(t *testing.T, tracer []string, program ...string) (testkit.Result, *testkit.SystemTrace) {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	args := slices.Concat(tracer, []string{"-o", trace}, program)
	r := testkit.Command{Args: args, Trace: trace, Dir: t.TempDir()}.Run(t) // for cores
	tr, err := testkit.ReadSystemTrace(trace)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range tr.Problems {
		t.Errorf("not understood: %s", p)
	}
	return r, tr
}

// systemEnd is what a line of a SystemTrace says of a call: its name, and the error
// that it ends with.
var systemEnd = regexp.MustCompile(`^(\w+)\(.* = (?:-1 |\? )?(E[A-Z_]+|\?|)`)

// inShort returns what a line of a SystemTrace tells, in words that do not depend on
// the run: "read done", "read EINTR", "exit ?", "SIGALRM".
func inShort(line string) string {
	if text, ok := strings.CutPrefix(line, "--- "); ok {
		name, _, _ := strings.Cut(strings.TrimSuffix(text, " ---"), " {")
		return name
	}
	if text, ok := strings.CutPrefix(line, "+++ "); ok {
		return idOfThread.ReplaceAllString(strings.TrimSuffix(text, " +++"), "THREAD")
	}
	m := systemEnd.FindStringSubmatch(line)
	switch {
	case m == nil:
		return line
	case m[2] == "":
		return m[1] + " done"
	}
	return m[1] + " " + m[2]
}

// linesBetween returns what a thread does after its call of getuid, and before its
// exit.
func linesBetween(lines []string) []string {
	begin := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "getuid") })
	end := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "exit_group(") })
	if begin < 0 || end < begin {
		return nil
	}
	return lines[begin+1 : end]
}

// asInterrupted makes a call that is broken off twice the last one that was made, which
// strace names, where Sonde names the call that goes on.
func asInterrupted(line string) string {
	return resumedAgain.ReplaceAllString(line, "${1}restart_syscall")
}

var resumedAgain = regexp.MustCompile(`(resuming interrupted )(?:restart_syscall|clock_nanosleep)`)

// TestCallsInterrupted has signals break system calls off, with handlers of all kinds
// and with none: each call is told, how it ends, and what goes on with it, as the
// program knows it, and in strace's words.
func TestCallsInterrupted(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, machine string) {
		t.Parallel()
		program := build(t, "calls_interrupted.c", machine, "-O1")
		for _, restart := range []string{"0", "1"} {
			t.Run("SA_RESTART "+restart, func(t *testing.T) {
				t.Parallel()
				r, ours := systemTrace(t, []string{testkit.Sonde(t), "-f", "-L", "-S"}, program, restart)
				checkExit(t, r, 0)
				lines := linesBetween(ours.Threads["0.1"])
				var got []string
				for _, line := range lines {
					got = append(got, inShort(line))
				}
				want := strings.Split(strings.TrimSuffix(r.Stdout, "\n"), "\n")
				if diff := cmp.Diff(want, got); diff != "" || len(want) < 100 {
					t.Fatalf("(-program +trace)\n%s", diff)
				}
				strace := testkit.Need(t, "strace")
				_, theirs := systemTrace(t, []string{strace, "-f"}, program, restart)
				for _, tr := range []*testkit.SystemTrace{ours, theirs} {
					tr.Rewrite(asInterrupted)
				}
				lines = linesBetween(ours.Threads["0.1"])
				if diff := cmp.Diff(linesBetween(theirs.Threads["0.1"]), lines); diff != "" {
					t.Errorf("(-strace +sonde)\n%s", diff)
				}
			})
		}
	})
}

// TestAttachInsideCalls attaches to threads that sleep in system calls, and leaves them
// there again: each is told, with the call that it goes on with, and as one whose end
// is not told.
func TestAttachInsideCalls(t *testing.T) {
	eachMachine(t, func(t *testing.T, machine string) {
		want := []string{
			"futex", "nanosleep", "pause@SYS(", "poll", "read@SYS(",
		}
		for i, name := range want {
			if !strings.Contains(name, "@") {
				want[i] = "restart_syscall@SYS(<... resuming interrupted " + name + " ...>"
			}
		}
		slices.Sort(want)
		target := testkit.StartTarget(t, nil, build(t, "calls_asleep.c", machine, "-O1"))
		testkit.Await(t, "all threads sleep", func() bool {
			threads, err := testkit.Threads(target.PID)
			return err == nil && !slices.ContainsFunc(threads, func(th testkit.ThreadStatus) bool { return th.State != 'S' })
		})
		tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), "-L", "-S", "-f", "-p", strconv.Itoa(target.PID))
		var got []string
		for range want {
			line, _ := tool.Next(t)
			if _, text, ok := strings.Cut(line, "] "); ok {
				line = text
			}
			line, _ = strings.CutSuffix(line, " <unfinished ...>")
			if strings.HasPrefix(line, "read@SYS(") {
				line = "read@SYS(" // a descriptor follows
			}
			got = append(got, line)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		detach(t, tool, syscall.SIGINT)
		ends := 0
		for _, line := range tool.Lines {
			if strings.HasSuffix(line, " <detached ...>") {
				ends++
			}
		}
		if ends != len(want) {
			t.Errorf("%d calls are left, want %d:\n%s", ends, len(want), lastLines(tool))
		}
		testkit.CheckReleased(t, target.PID)
		target.EndTarget(t)
	})
}
