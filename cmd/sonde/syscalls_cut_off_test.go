package main

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// cutOffModes are those of testdata/calls_cut_off.c.
var cutOffModes = []string{
	"exit_group", "exec by a thread", "exec by a thread, the first has ended", "exec by the first thread",
	"killed", "terminated", "kills itself", "killed by seccomp", "a thread killed by seccomp",
	"killed by strict seccomp", "trapped by seccomp", "answered by seccomp", "no tracer for seccomp",
	"a fault, and no core", "a core", "vfork", "real-time",
}

// TestCallsCutOff has threads and processes end in system calls, by all that can end
// them: the last calls of each thread are told as those that do not return, and how it
// ends, as the program knows it, and in strace's words.
func TestCallsCutOff(t *testing.T) {
	t.Parallel()
	strace, noStrace := exec.LookPath("strace")
	eachMachine(t, func(t *testing.T, machine string) {
		t.Parallel()
		program := build(t, "calls_cut_off.c", machine, "-O1")
		for _, mode := range cutOffModes {
			t.Run(mode, func(t *testing.T) {
				t.Parallel()
				r, ours := systemTrace(t, []string{testkit.Sonde(t), "-f", "-L", "-S"}, program, mode)
				last := checkCutOff(t, r, ours)
				if noStrace != nil {
					return
				}
				r, theirs := systemTrace(t, []string{strace, "-f"}, program, mode)
				if diff := cmp.Diff(checkCutOff(t, r, theirs), last); diff != "" {
					t.Errorf("(-strace +sonde)\n%s", diff)
				}
			})
		}
	})
}

// checkCutOff holds what each thread of a trace does last against what the program
// says, and returns the lines.
func checkCutOff(t *testing.T, r testkit.Result, tr *testkit.SystemTrace) []string {
	t.Helper()
	said, core := strings.CutSuffix(r.Stdout, "core dumped\n")
	if said == "" {
		t.Fatalf("the program says nothing: %s", r.Describe())
	}
	var last []string
	for line := range strings.Lines(said) {
		thread, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if core && strings.Contains(text, "killed by") {
			text += " (core dumped)"
		}
		lines := tr.Threads[thread]
		var short []string
		for _, line := range lines {
			short = append(short, inShort(line))
		}
		// What stands between two parts does not matter.
		parts := strings.Split(text, ", ..., ")
		at := len(short)
		for i, part := range slices.Backward(parts) {
			calls := strings.Split(part, ", ")
			for at -= len(calls); i < len(parts)-1 && at > 0 && !slices.Equal(short[at:at+len(calls)], calls); {
				at--
			}
			if at < 0 || !slices.Equal(short[at:at+len(calls)], calls) {
				t.Errorf("thread %s: want %q, the trace has %q", thread, text, short[max(0, len(short)-20):])
				break
			}
			for _, line := range lines[at : at+len(calls)] {
				last = append(last, thread+" "+idOfThread.ReplaceAllString(line, "THREAD"))
			}
		}
	}
	return last
}

// idOfThread is an id that is not known by when its line is read.
var idOfThread = regexp.MustCompile(`THREAD [0-9.]+`)
