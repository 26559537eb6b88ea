package main

import (
	"fmt"
	"testing"

	"sonde/internal/testkit"
)

// mostOfHuge is what Sonde may need of memory, in kB, whatever a call's arguments claim:
// it is three times of what little programs make it need.
const mostOfHuge = 64 << 10

// TestHugeArguments traces a program that passes the kernel 1024 buffers of 2 GB, control
// messages of as much, 100,000 arguments, descriptors to poll and text without end: each
// call has its line, and Sonde stays small.
func TestHugeArguments(t *testing.T) {
	program := testkit.Build(t, "testdata/syscalls_huge.c", "-O1")
	for _, options := range []string{"-L -S", "-L -S -v", "-L -S -yy -s 10000"} {
		r := runTraced(t, options, program)
		checkExit(t, r.Result, 0)
		var peak int
		if _, err := fmt.Sscanf(r.Stdout, "tracer's peak %d kB\n", &peak); err != nil || peak == 0 {
			t.Fatalf("%s: the program says %q: %v", options, r.Stdout, err)
		}
		if peak > mostOfHuge {
			t.Errorf("%s: Sonde has needed %d kB", options, peak)
		}
		t.Logf("%s: %d kB", options, peak)
	}
}
