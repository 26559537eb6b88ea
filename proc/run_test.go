package proc

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/sysdeps/ptrace"
)

// launch starts a program that goes on until it is ended, at the test's end.
func launch(t *testing.T, tr *Tracer) *Process {
	t.Helper()
	p, err := tr.Launch(&ptrace.Program{Path: "/bin/sleep", Args: []string{"sleep", "1000"}, In: ptrace.Inherit()})
	if err != nil {
		t.Error(err)
		return nil
	}
	t.Cleanup(func() {
		unix.Kill(p.PID, unix.SIGKILL)
		var status unix.WaitStatus
		unix.Wait4(p.PID, &status, 0, nil)
	})
	return p
}

// A tracer that crashes lets its tracees go first: the program launched runs on
// by itself, although it was to end with the tracer.
func TestRunCrash(t *testing.T) {
	var p *Process
	err := Run(func(tr *Tracer) error {
		if p = launch(t, tr); p == nil {
			return errors.New("no process")
		}
		for _, stop := range tr.Stops() {
			if _, ok := stop.(Execed); ok {
				var none *Thread
				none.Changed() // a bug
			}
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "internal error") {
		t.Fatalf("Run returned %v, want an internal error", err)
	}
	st, err := ReadStatus(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	if st.TracerPID != 0 || strings.ContainsRune("TtZX", rune(st.State)) {
		t.Errorf("the program is in state %c, traced by %d; want it running, untraced", st.State, st.TracerPID)
	}
}

// Interrupt reaches a loop that waits for a tracee that reports nothing.
func TestInterrupt(t *testing.T) {
	var seen int
	err := Run(func(tr *Tracer) error {
		if launch(t, tr) == nil {
			return errors.New("no process")
		}
		for _, stop := range tr.Stops() {
			switch stop.(type) {
			case Execed:
				go tr.Interrupt([128]byte{0: 15})
			case Interrupted:
				if seen++; seen == 3 {
					return nil
				}
				go tr.Interrupt([128]byte{0: 15})
			}
		}
		return nil
	})
	if err != nil || seen != 3 {
		t.Errorf("Run returned %v after %d interrupts, want none after 3", err, seen)
	}
}
