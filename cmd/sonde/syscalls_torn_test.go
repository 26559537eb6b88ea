package main

import (
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

// TestStressTorn traces calls whose memory another thread tears while they are made,
// and kills the program at one moment after another: what could be read is shown,
// every line is one, and Sonde ends by itself and says nothing else.
func TestStressTorn(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, machine string) {
		t.Parallel()
		program := build(t, "stress_torn.c", machine, "-O1")
		for i := range rounds(8) {
			target := testkit.StartTarget(t, nil, program)
			tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), "-f", "-L", "-S", "-v", "-yy", "-s", "4096", "-p", strconv.Itoa(target.PID))
			for range 100 * (i + 1) * (i + 1) {
				line, ok := tool.Next(t)
				if !ok {
					t.Fatalf("sonde has ended: %q", lastLines(tool))
				}
				checkTornLine(t, line)
			}
			if i%2 == 0 {
				target.Signal(t, syscall.SIGKILL)
				tool.Wait(t)
			} else {
				detach(t, tool, syscall.SIGINT)
				testkit.CheckReleased(t, target.PID)
				target.EndTarget(t)
			}
			for _, line := range tool.Lines {
				checkTornLine(t, line)
			}
			target.Wait(t)
		}
	})
}

func checkTornLine(t *testing.T, line string) {
	t.Helper()
	if _, err := testkit.ParseLine(line); err != nil || strings.HasPrefix(line, "sonde: ") {
		t.Fatalf("%v: %.300s", err, line)
	}
}
