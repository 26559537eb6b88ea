package snapshot

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/proc"
	"sonde/sysdeps/ptrace"
)

// TestHoldStubborn holds that a thread which does not stop is given up in time, and that
// the others are there.
func TestHoldStubborn(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/vfork.c", "-pthread"))
	waiting := 0
	testkit.Await(t, "a thread that waits for its child", func() bool {
		all := states(t, p.PID)
		for tid, state := range all {
			if state == 'D' {
				waiting = tid
			}
		}
		return waiting != 0 && all[p.PID] == 'S'
	})
	if _, err := Hold(p.PID, Options{MaxStop: 20 * time.Millisecond}, func(h *Held) error {
		for _, th := range h.Threads {
			if stubborn := th.TID == waiting; errors.Is(th.Err, ErrStubborn) != stubborn {
				t.Errorf("thread %d, stubborn %t: %v", th.TID, stubborn, th.Err)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if st, err := proc.ReadStatus(p.PID); err != nil || st.TracerPID != 0 {
		t.Errorf("the first thread is traced by %d: %v", st.TracerPID, err)
	}
	// It stops when its child has ended, and only then can be let go.
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", p.PID, waiting))
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(children)))
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(child, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if st, err := ptrace.WaitFor(waiting); err != nil || !st.Stopped() {
		t.Fatalf("%#x, %v", st, err)
	}
	if err := ptrace.Detach(waiting, 0); err != nil {
		t.Error(err)
	}
}
