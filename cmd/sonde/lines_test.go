package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

// checkLines fails the test unless all lines of a trace are well formed, down to the
// values, and there are many.
func checkLines(t *testing.T, trace string, least int) {
	t.Helper()
	lines, bad := 0, 0
	tr := testkit.ReadTrace(t, trace, 0, func(l testkit.Line) {
		lines++
		if err := testkit.CheckValues(l); err != nil && bad < 10 {
			bad++
			t.Error(err)
		}
	})
	tr.CheckBalance(t)
	if lines < least {
		t.Errorf("the trace has %d lines only", lines)
	}
}

// TestLinesOfBuild traces a build: whatever its programs are given, no line is
// malformed.
func TestLinesOfBuild(t *testing.T) {
	dir := t.TempDir()
	var objects []string
	for i := range 3 {
		name := fmt.Sprintf("part%d", i)
		write(t, filepath.Join(dir, name+".c"), fmt.Sprintf("int part%d(int n) { return n + %d; }\n", i, i))
		objects = append(objects, name+".o")
	}
	write(t, filepath.Join(dir, "main.c"), "int part1(int); int part2(int);\nint main(void) { return part1(part2(-3)); }\n")
	write(t, filepath.Join(dir, "Makefile"),
		"prog: main.o "+strings.Join(objects, " ")+"\n\t$(CC) -o $@ $^ && ./prog\n")
	trace := filepath.Join(dir, "trace")
	const often = "strlen-memcpy-memset-memcmp-strcmp-strncmp-malloc-free-calloc-realloc-memmove-strchr-htab_*-bfd_*"
	checkExit(t, testkit.Command{
		Args:  []string{testkit.Sonde(t), "-f", "--names", "-e", "@*-" + often, "-o", trace, "make", "-s", "-j2", "CC=gcc"},
		Dir:   dir,
		Env:   plainEnv,
		Trace: trace,
	}.Run(t), 0)
	checkLines(t, trace, 5000)
}

// TestLinesInterrupted traces calls that fill in arguments while signals, forks and
// other threads come between.
func TestLinesInterrupted(t *testing.T) {
	program := build(t, "lines_mixed.c", "-O1", "-pthread")
	for _, opt := range []string{"-f", "-f -T -ttt -i -n2", "-f -e @*", "--names -f -L -x read+poll+nanosleep+wait*+*fork+pipe@libc*"} {
		t.Run(opt, func(t *testing.T) {
			trace := filepath.Join(t.TempDir(), "trace")
			args := append([]string{testkit.Sonde(t)}, strings.Fields(opt)...)
			r := testkit.Run(t, append(args, "--no-demangle", "-o", trace, program, "31")...)
			checkExit(t, r, 0)
			if !strings.Contains(r.Stdout, "good") {
				t.Errorf("the program says %q", r.Stdout)
			}
			checkLines(t, trace, 300)
		})
	}
}

// TestLinesAttached attaches in the midst of the same, and leaves again.
func TestLinesAttached(t *testing.T) {
	target := testkit.StartTarget(t, nil, build(t, "attach_busy.c", "-O1", "-pthread"), "4")
	tool, refused := attach(t, target.PID, "-f", "-e", "@*")
	if refused {
		tool.Wait(t)
		t.Fatalf("refused: %q", tool.Lines)
	}
	for range 300 {
		text, ok := tool.Next(t)
		if !ok {
			t.Fatal("the trace has ended")
		}
		l, err := testkit.ParseLine(text)
		if err == nil {
			err = testkit.CheckValues(l)
		}
		if err != nil {
			t.Error(err)
		}
	}
	detach(t, tool, syscall.SIGINT)
	testkit.CheckReleased(t, target.PID)
	target.EndTarget(t)
}
