package main

import (
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// TestSignalsRaised holds what is told of signals of all origins, and of the processes
// that they stop and end, against strace's lines: of 64-bit and of 32-bit programs.
func TestSignalsRaised(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("there is no strace to compare with")
	}
	eachMachine(t, func(t *testing.T, machine string) {
		t.Parallel()
		for _, c := range []struct {
			source string
			least  int // signals
		}{
			{"testdata/signals_raised.c", 35},
			{"../../display/testdata/signals.c", 500},
		} {
			program := testkit.Build(t, c.source, machine, "-O1", "-w")
			r, ours := systemTrace(t, []string{testkit.Sonde(t), "-f", "-L", "-S"}, program)
			again, theirs := systemTrace(t, []string{strace, "-f"}, program)
			if r.Status != again.Status {
				t.Errorf("%s: ended with %s, under strace with %s", c.source,
					testkit.DescribeStatus(r.Status), testkit.DescribeStatus(again.Status))
			}
			got, want := signalLines(ours), signalLines(theirs)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: (-strace +sonde)\n%s", c.source, diff)
			}
			if len(got) < c.least {
				t.Errorf("%s: %d lines of signals, want %d", c.source, len(got), c.least)
			}
		}
	})
}

// signalLines returns what is told of signals and ends, thread by thread.
func signalLines(tr *testkit.SystemTrace) []string {
	var lines []string
	for _, thread := range slices.Sorted(maps.Keys(tr.Threads)) {
		for _, line := range tr.Threads[thread] {
			if strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++") {
				lines = append(lines, thread+" "+testkit.StraceSiginfo(line))
			}
		}
	}
	return lines
}
