package proc

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/sysdeps/ptrace"
)

// TestSeizeInExec seizes a thread whose exec waits until the end of another thread was
// taken, which has been seized before.
func TestSeizeInExec(t *testing.T) {
	runtime.LockOSThread() // for good: what it has seized ends with it
	p := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/exec_waits.c", "-pthread"))
	tids, err := Tasks(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	other := tids[slices.IndexFunc(tids, func(tid int) bool { return tid != p.PID })]
	if err := ptrace.Seize(other, 0); err != nil {
		t.Fatal(err)
	}
	p.Type(t, "x")
	testkit.Await(t, "the exec has ended the other thread", func() bool { return ended(other) })
	hung := time.AfterFunc(20*time.Second, func() { unix.Kill(p.PID, unix.SIGKILL) })
	ends, err := seizeInExec(p.PID, p.PID, 0)
	if err != nil || !hung.Stop() {
		t.Fatalf("it has slept until the program was killed: %v", err)
	}
	// The status is 0, not a signal's: nobody has killed the process (do_group_exit).
	if want := []report{{other, 0}}; !slices.Equal(ends, want) {
		t.Errorf("the ends %+v were taken, want %+v", ends, want)
	}
	testkit.Await(t, "the program executes the other one", func() bool {
		st, err := ReadStatus(p.PID)
		return err == nil && st.Name == "cat"
	})
}
