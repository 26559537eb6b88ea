package ptrace

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestDeadline waits for a child that does nothing until the time is up, and then for its
// end, with more time than it takes.
func TestDeadline(t *testing.T) {
	onThread(t)
	child := waitingChild(t, Inherited{})
	for _, d := range []time.Duration{0, time.Nanosecond, 30 * time.Millisecond} {
		deadline, err := NewDeadline(d)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if tid, status, err := deadline.Wait(); !errors.Is(err, ErrLate) {
			t.Fatalf("%v: thread %d, %#x, %v", d, tid, status, err)
		}
		deadline.Stop()
		if took := time.Since(began); took < d {
			t.Errorf("%v: late after %v", d, took)
		}
	}
	deadline, err := NewDeadline(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	defer deadline.Stop()
	if err := unix.Kill(child.PID, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if tid, status, err := deadline.Wait(); tid != child.PID || !status.Signaled() || err != nil {
		t.Errorf("thread %d, %#x, %v, want the end of %d", tid, status, err, child.PID)
	}
	if _, _, err := deadline.Wait(); err != unix.ECHILD {
		t.Errorf("with no child left: %v", err)
	}
}

// TestDeadlineBlocked holds that the time comes for a thread that has the signal blocked,
// and that it is blocked again behind that.
func TestDeadlineBlocked(t *testing.T) {
	onThread(t)
	waitingChild(t, Inherited{})
	const bit = 1 << (deadlineSignal - 1)
	set := unix.Sigset_t{}
	set.Val[0] |= bit
	var before unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &set, &before); err != nil {
		t.Fatal(err)
	}
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	deadline, err := NewDeadline(time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := deadline.Wait(); !errors.Is(err, ErrLate) {
		t.Error(err)
	}
	deadline.Stop()
	var now unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, nil, &now); err != nil || now.Val[0]&bit == 0 {
		t.Errorf("blocked are %#x, %v", now.Val[0], err)
	}
}
