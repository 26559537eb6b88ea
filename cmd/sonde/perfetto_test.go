package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// What importers of strace's output know of a line, that of Perfetto's trace_processor among
// them: the thread, seconds and microseconds, and one of these.
var (
	importedLine    = regexp.MustCompile(`^(\d{1,10}) +(\d+)\.(\d{6}) (.*)$`)
	importedCall    = regexp.MustCompile(`^([\w:@.>-]+)\((.*)\) += (.*?)(?: <(\d+\.\d{6})>)?$`)
	importedOpen    = regexp.MustCompile(`^([\w:@.>-]+)\((.*) <(unfinished|no return) \.\.\.>$`)
	importedResumed = regexp.MustCompile(`^<\.\.\. ([\w:@.>-]+) resumed>(.*)\) += (.*?)(?: <(\d+\.\d{6})>)?$`)
	importedSignal  = regexp.MustCompile(`^--- (SIG\w+) \{.*\} ---$`)
	importedEnd     = regexp.MustCompile(`^\+\+\+ (exited|killed) .* \+\+\+$`)
)

// importTrace reads a trace as an importer does. It returns how many calls there are, and
// fails the test if a line is none that an importer understands, if time goes backwards, or
// if what is resumed has not been begun.
func importTrace(t *testing.T, text string) (calls, resumed int) {
	t.Helper()
	open, last := make(map[string][]string), ""
	for line := range strings.Lines(text) {
		m := importedLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Errorf("no thread and time: %q", line)
			continue
		}
		tid, rest := m[1], m[4]
		if now := fmt.Sprintf("%12s.%s", m[2], m[3]); now < last {
			t.Errorf("a time before the last: %q", line)
		} else {
			last = now
		}
		if m := importedOpen.FindStringSubmatch(rest); m != nil {
			calls++
			open[tid] = append(open[tid], callee(m[1]))
		} else if m := importedResumed.FindStringSubmatch(rest); m != nil {
			resumed++
			n := len(open[tid])
			if n == 0 || open[tid][n-1] != m[1] {
				t.Errorf("%q is resumed, and %q are open", m[1], open[tid])
				continue
			}
			open[tid] = open[tid][:n-1]
			if m[4] == "" {
				t.Errorf("no duration: %q", line)
			}
		} else if m := importedCall.FindStringSubmatch(rest); m != nil {
			calls++
			if m[4] == "" && m[3] != "?" { // exit_group never returns
				t.Errorf("no duration: %q", line)
			}
		} else if !importedSignal.MatchString(rest) && !importedEnd.MatchString(rest) {
			t.Errorf("not understood: %q", line)
		}
	}
	return calls, resumed
}

// callee returns whom a call goes to, without the module that calls.
func callee(name string) string {
	if _, after, ok := strings.Cut(name, "->"); ok {
		return after
	}
	return name
}

// TestImporters holds traces to the shape that tools import: PID SECONDS.MICROS
// name(args) = ret <SECONDS.MICROS>.
func TestImporters(t *testing.T) {
	for _, c := range []struct {
		program, argument, options string
		calls, resumed             int // at least
	}{
		{"golden_lines.c", "", "", 14, 2},
		{"golden_lines.c", "", "-S", 40, 8},
		{"golden_lines.c", "", "-e @*", 20, 2},
		{"golden_threads.c", "", "-L -x outer+inner", 3, 1},
		{"golden_threads.c", "fork", "-x outer+inner -e waitpid", 4, 1},
		{"golden_threads.c", "", "-S -L -x outer+inner", 30, 1},
	} {
		t.Run(c.program+" "+c.argument+c.options, func(t *testing.T) {
			trace := filepath.Join(t.TempDir(), "trace")
			args := append([]string{testkit.Sonde(t), "-f", "-ttt", "-T", "-o", trace}, strings.Fields(c.options)...)
			args = append(args, build(t, c.program, "-O0", "-g"), c.argument)
			if r := testkit.Run(t, args...); r.Stderr != "" {
				t.Errorf("standard error: %q", r.Stderr)
			}
			text, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			calls, resumed := importTrace(t, string(text))
			if calls < c.calls || resumed < c.resumed {
				t.Errorf("%d calls, %d of them resumed; want %d and %d:\n%s", calls, resumed, c.calls, c.resumed, text)
			}
		})
	}
}
