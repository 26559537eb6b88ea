package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
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
	strace := testkit.Need(t, "strace")
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

// TestB28RealTime holds the names of all real-time signals: those that a shell sends to
// itself, and that which ends it.
func TestB28RealTime(t *testing.T) {
	t.Parallel()
	trace := filepath.Join(t.TempDir(), "trace")
	const script = `i=34; while [ $i -le 64 ]; do trap : $i; kill -$i $$; trap - $i; i=$((i+1)); done; kill -40 $$`
	r := testkit.Run(t, testkit.Sonde(t), "-L", "-S", "--syscalls=none", "-o", trace, "/bin/bash", "-c", script)
	if !r.Status.Signaled() || r.Status.Signal() != 40 {
		t.Errorf("ended with %s", r.Describe())
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`si_pid=\d+, si_uid=\d+`).ReplaceAllString(string(text), "...")
	var want strings.Builder
	for sig := 34; sig <= 64; sig++ {
		fmt.Fprintf(&want, "--- SIGRT_%[1]d {si_signo=SIGRT_%[1]d, si_code=SI_USER, ...} ---\n", sig-32)
	}
	want.WriteString("--- SIGRT_8 {si_signo=SIGRT_8, si_code=SI_USER, ...} ---\n+++ killed by SIGRT_8 +++\n")
	if diff := cmp.Diff(want.String(), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
