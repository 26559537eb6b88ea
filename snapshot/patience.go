package snapshot

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"sonde/proc"
	"sonde/sysdeps/ptrace"
)

// patience is how long a thread is waited for that nothing interrupts (state D). What waits
// for a disk is mostly served by then; what waits for a server that is gone, or for a
// vfork's child, would keep all others standing for the whole limit.
const patience = 100 * time.Millisecond

// setDeadline sets the time when threads that nothing interrupts are given up, or all.
func (h *Held) setDeadline() (err error) {
	h.deadline, err = ptrace.NewDeadline(min(patience, h.limit-time.Since(h.since)))
	if err != nil {
		h.deadline = nil
	}
	return err
}

func (h *Held) stopDeadline() {
	if h.deadline != nil {
		h.deadline.Stop()
	}
}

// giveUp is called when the time has come. It gives up all threads that have not stopped
// if the limit is over, and until then those that nothing interrupts, but for one that
// replaces its program and waits for the others' ends alone; for the rest a new time is set.
func (h *Held) giveUp(left map[int]*Thread) {
	if h.late = time.Since(h.since) >= h.limit; h.late {
		return
	}
	calls := &proc.ArchOf(h.PID).Calls
	for tid, t := range left {
		if st, err := proc.ReadStatus(tid); err == nil && st.State == 'D' && !proc.InExec(tid, calls) {
			t.Err = ErrStubborn
			delete(left, tid)
		}
	}
	h.stopDeadline()
	h.late = h.setDeadline() != nil // nothing would wake the wait
}

// onOwnThread calls f on an OS thread on which nothing else runs meanwhile. Where f says
// so, the thread ends behind it: the kernel lets go then what the thread has seized, also
// threads that have not stopped yet, so that they never do (exit_ptrace in
// kernel/ptrace.c). Nothing else takes a request to stop back.
func onOwnThread(f func() (end bool)) {
	runtime.LockOSThread() // so that f does not get this one
	defer runtime.UnlockOSThread()
	done := make(chan int)
	go func() {
		runtime.LockOSThread()
		tid := unix.Gettid()
		if tid == unix.Getpid() { // the first thread ends with the process alone
			onOwnThread(f)
			tid = 0
		} else if !f() {
			tid = 0
		}
		if tid == 0 {
			runtime.UnlockOSThread()
		}
		done <- tid
	}()
	if tid := <-done; tid != 0 {
		awaitEnd(tid)
	}
}

// awaitEnd waits until a thread of this process has ended, which no event tells.
func awaitEnd(tid int) {
	path := filepath.Join("/proc/self/task", strconv.Itoa(tid))
	for range 10000 {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return
		}
		time.Sleep(100 * time.Microsecond)
	}
}
