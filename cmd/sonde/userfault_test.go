package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestUserfault traces a program one of whose threads has to fill a page before it can
// be read, and needs its tracer for that: the page is shown by its address, and Sonde
// does not wait for it.
func TestUserfault(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, machine string) {
		program := build(t, "userfault.c", machine, "-O1")
		untraced := testkit.Run(t, program, "now")
		if untraced.Status.ExitStatus() == 2 {
			t.Skip("the kernel has no userfaultfd(2) for this user")
		}
		for _, options := range []string{"-L -S", "-L --seccomp-bpf --syscalls=write"} {
			trace := filepath.Join(t.TempDir(), "trace")
			args := append([]string{testkit.Sonde(t), "-o", trace}, strings.Fields(options)...)
			checkSame(t, testkit.Run(t, append(args, program, "now")...), untraced)
			checkUserfault(t, trace)
		}
		trace := filepath.Join(t.TempDir(), "trace")
		target := testkit.StartTarget(t, nil, program)
		tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), "-L", "-S", "-o", trace, "-p", strconv.Itoa(target.PID))
		testkit.Await(t, "a call is told of", func() bool {
			fi, err := os.Stat(trace)
			return tool.Ended() || err == nil && fi.Size() > 0
		})
		target.EndTarget(t)
		if ws := tool.Wait(t); ws != 0 || len(tool.Lines) > 0 {
			t.Errorf("sonde ended with %s and said %q", testkit.DescribeStatus(ws), tool.Lines)
		}
		checkUserfault(t, trace)
	})
}

// checkUserfault holds that a trace has the call with the page that was not there.
func checkUserfault(t *testing.T, trace string) {
	t.Helper()
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`write@SYS\(\d+, 0x[0-9a-f]+, 7`).Match(text) {
		t.Errorf("no call with the page by its address:\n%s", text)
	}
}
