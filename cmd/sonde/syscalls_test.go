package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

// maxSyscallsPerCall bounds what a traced call, entry and return, may cost in
// system calls of sonde, all told. ltrace makes 37.
const maxSyscallsPerCall = 12

// TestSyscallsPerCall counts the system calls of a sonde that traces with strace, over
// few calls and over many: what a call costs is the difference.
func TestSyscallsPerCall(t *testing.T) {
	strace := testkit.Need(t, "strace")
	program := testkit.Build(t, "testdata/attach_counted.c", "-O1", "-fno-builtin")
	target := testkit.StartTarget(t, nil, program)
	trace := filepath.Join(t.TempDir(), "trace")
	tool, refused := attach(t, target.PID, "-o", trace, "-e", "atoi")
	if refused {
		tool.Wait(t)
		t.Fatalf("refused: %q", tool.Lines)
	}
	const few, many = 500, 5500
	base := countSyscalls(t, strace, tool, target, few)
	all := countSyscalls(t, strace, tool, target, many)
	per := float64(all.total-base.total) / (many - few)
	t.Logf("%.2f system calls for each traced call", per)
	if per > maxSyscallsPerCall {
		t.Errorf("%.2f system calls for each traced call, want at most %d\nfor %d calls:\n%s\nfor %d calls:\n%s",
			per, maxSyscallsPerCall, few, base.table, many, all.table)
	}
	if all.total-base.total < many-few {
		t.Errorf("%d system calls for %d traced calls: strace has not seen them\n%s", all.total-base.total, many-few, all.table)
	}
	detach(t, tool, syscall.SIGINT)
	target.EndTarget(t)
}

// syscallCount is what strace -c has counted.
type syscallCount struct {
	total int
	table string
}

// countSyscalls has the target make so many calls and counts what sonde does
// meanwhile.
func countSyscalls(t *testing.T, strace string, tool, target *testkit.Peer, calls int) syscallCount {
	t.Helper()
	summary := filepath.Join(t.TempDir(), "summary")
	counter := testkit.Start(t, "stderr", nil, strace, "-f", "-c", "-o", summary, "-p", strconv.Itoa(tool.PID))
	testkit.Await(t, "strace counts", func() bool { return tracedBy(tool.PID, counter.PID) })
	target.Type(t, fmt.Sprintf("%d\n", calls))
	if line, ok := target.Next(t); !ok || line != "done" {
		t.Fatalf("the program said %q", line)
	}
	counter.Signal(t, syscall.SIGINT)
	counter.Wait(t)
	table, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	total, err := totalCalls(string(table))
	if err != nil {
		t.Fatalf("%v in strace's summary\n%s", err, table)
	}
	return syscallCount{total, string(table)}
}

// totalCalls reads the last line of strace's table: percent, seconds, microseconds
// per call, calls, perhaps errors, "total".
func totalCalls(table string) (int, error) {
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) >= 5 && f[len(f)-1] == "total" {
			return strconv.Atoi(f[3])
		}
	}
	return 0, fmt.Errorf("no total")
}

// TestSyscallAddresses has -i tell where the system calls are made: in the code that is
// mapped of the program and its libraries.
func TestSyscallAddresses(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace")
	r := testkit.Run(t, testkit.Sonde(t), "-i", "-L", "-S", "-o", trace, "--syscalls=write,exit_group", "/bin/echo", "one")
	checkExit(t, r, 0)
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^\[0x[1-9a-f][0-9a-f]{8,}\] write@SYS\(1, "one\\n", 4\) += 4\n\[0x[1-9a-f][0-9a-f]{8,}\] exit_group@SYS\(0\) += \?\n`).Match(text) {
		t.Errorf("%s", text)
	}
}
