package proc

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/internal/testkit"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// TestOrphansNumber holds that a new process which has the number of one that was killed
// is left to its parent's report, and that there is nobody to be adopted for that one then.
func TestOrphansNumber(t *testing.T) {
	p := testkit.Start(t, "stdout", nil, "/bin/sleep", "1000")
	defer func() {
		p.Signal(t, unix.SIGKILL)
		p.Wait(t)
	}()
	space := emptySpace(sysdeps.AMD64, breakpoint.NewTable(sysdeps.AMD64))
	parent := space.newProcess(os.Getpid())
	dead := emptySpace(sysdeps.AMD64, breakpoint.NewTable(sysdeps.AMD64)).newProcess(p.PID)
	tr := &Tracer{CPU: -1, alarm: &ptrace.Alarm{}, threads: make(map[int]*Thread), strangers: make(map[int]unix.WaitStatus), bereft: dead}
	tr.add(&Thread{TID: parent.PID, Process: parent})
	tr.take(p.PID, interruptStop)
	if status, kept := tr.strangers[p.PID]; !kept || status != interruptStop {
		t.Fatalf("its first stop is not waited with, but %v", tr.strangers)
	}
	tr.take(p.PID, 0)
	if len(tr.strangers) > 0 {
		t.Errorf("when it has ended, it is waited with: %v", tr.strangers)
	}
	tr.add(&Thread{TID: p.PID, Process: space.newProcess(p.PID)})
	if tr.bereft != nil {
		t.Error("its children would be taken for those of the dead one")
	}
}
