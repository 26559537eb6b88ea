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
	p, waiting := startStubborn(t)
	holdStubborn(t, p, waiting, Options{MaxStop: 20 * time.Millisecond})
	// It stops when its child has ended, and only then can be let go.
	endChild(t, p, waiting)
	if st, err := ptrace.WaitFor(waiting); err != nil || !st.Stopped() {
		t.Fatalf("%#x, %v", st, err)
	}
	if err := ptrace.Detach(waiting, 0); err != nil {
		t.Error(err)
	}
}

// TestHoldByOwnThread holds that a thread which does not stop while it is waited for does
// not stop afterwards either, though nothing has looked for it since, and that it is not
// waited for as long as others.
func TestHoldByOwnThread(t *testing.T) {
	p, waiting := startStubborn(t)
	holdStubborn(t, p, waiting, Options{MaxStop: time.Hour, OwnThread: true})
	if st, err := proc.ReadStatus(waiting); err != nil || st.TracerPID != 0 {
		t.Errorf("it is traced by %d: %v", st.TracerPID, err)
	}
	endChild(t, p, waiting)
	testkit.Await(t, "the end of the thread", func() bool { return states(t, p.PID)[waiting] == 0 })
}

// startStubborn starts a program of two threads, one of which does not stop.
func startStubborn(t *testing.T) (p *testkit.Peer, waiting int) {
	t.Helper()
	p = testkit.StartTarget(t, nil, testkit.Build(t, "testdata/vfork.c", "-pthread"))
	testkit.Await(t, "a thread that waits for its child", func() bool {
		all := states(t, p.PID)
		for tid, state := range all {
			if state == 'D' {
				waiting = tid
			}
		}
		return waiting != 0 && all[p.PID] == 'S'
	})
	return p, waiting
}

// holdStubborn holds it.
func holdStubborn(t *testing.T, p *testkit.Peer, waiting int, o Options) {
	t.Helper()
	if _, err := Hold(p.PID, o, func(h *Held) error {
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
}

// endChild ends the child that a thread waits for.
func endChild(t *testing.T, p *testkit.Peer, waiting int) {
	t.Helper()
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
}

// TestHoldExecs holds that a process can be held at any moment of an exec, which makes
// the kernel forget that a thread is to stop.
func TestHoldExecs(t *testing.T) {
	p := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/execs.c", "-pthread"))
	for range 2000 {
		if _, err := Hold(p.PID, Options{MaxStop: 5 * time.Second}, func(h *Held) error {
			for _, th := range h.Threads {
				if errors.Is(th.Err, ErrStubborn) {
					return fmt.Errorf("thread %d: %w", th.TID, th.Err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if st, err := proc.ReadStatus(p.PID); err != nil || st.State == 'Z' || st.TracerPID != 0 {
		t.Errorf("it is in state %c, traced by %d: %v", st.State, st.TracerPID, err)
	}
}
