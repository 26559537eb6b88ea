package ptrace

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrLate says that a Deadline has come.
var ErrLate = errors.New("the time is up")

// Deadline bounds how long a thread waits for its tracees. It belongs to the OS thread
// that has made it, which must stay locked. An Alarm does the same by a child, whose fork
// takes its time, and after which every page that is written to is copied.
type Deadline struct {
	at    time.Time
	timer int32
	mask  uint64 // the thread's signals that were blocked before
}

// deadlineSignal is what a Deadline sends to its thread. Nobody hears of it: the Go
// runtime's handler does nothing about it.
const deadlineSignal = unix.SIGALRM

// NewDeadline sets a time from now on.
func NewDeadline(d time.Duration) (*Deadline, error) {
	if err := breakCalls(deadlineSignal); err != nil {
		return nil, err
	}
	// struct sigevent (include/uapi/asm-generic/siginfo.h), of 64 bytes.
	var event struct {
		value  uintptr
		signo  int32
		notify int32
		tid    int32
		_      [64]byte
	}
	const sigevThreadID = 4 // SIGEV_THREAD_ID
	event.signo, event.notify, event.tid = int32(deadlineSignal), sigevThreadID, int32(unix.Gettid())
	dl := &Deadline{at: time.Now().Add(d)}
	_, _, e := unix.RawSyscall(unix.SYS_TIMER_CREATE, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&dl.timer)))
	if e != 0 {
		return nil, fmt.Errorf("timer_create: %w", e)
	}
	// Once does not do: the signal may come just before the thread begins to wait.
	const again = 10 * time.Millisecond
	times := [2]unix.Timespec{unix.NsecToTimespec(int64(again)), unix.NsecToTimespec(int64(max(d, 1)))}
	if _, _, e = unix.RawSyscall6(unix.SYS_TIMER_SETTIME, uintptr(dl.timer), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0); e != 0 {
		unix.RawSyscall(unix.SYS_TIMER_DELETE, uintptr(dl.timer), 0, 0)
		return nil, fmt.Errorf("timer_settime: %w", e)
	}
	set := uint64(1) << (deadlineSignal - 1)
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_UNBLOCK, uintptr(unsafe.Pointer(&set)), uintptr(unsafe.Pointer(&dl.mask)), 8, 0, 0)
	return dl, nil
}

// breakCalls lets a signal's handler end the system calls that it interrupts, where the Go
// runtime lets them begin anew.
func breakCalls(sig unix.Signal) error {
	var act kernelSigaction
	if _, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), 0, uintptr(unsafe.Pointer(&act)), 8, 0, 0); e != 0 {
		return fmt.Errorf("rt_sigaction %v: %w", sig, e)
	}
	if act.handler <= sigIgnore {
		return fmt.Errorf("%v has no handler", sig)
	}
	act.flags &^= saRestart
	return setAction(sig, &act)
}

// Wait is Wait(true), or ErrLate once the time is up.
func (d *Deadline) Wait() (tid int, status unix.WaitStatus, err error) {
	for {
		tid, _, e := unix.Syscall6(unix.SYS_WAIT4, ^uintptr(0), uintptr(unsafe.Pointer(&status)), unix.WALL|unix.WNOTHREAD, 0, 0, 0)
		switch {
		case e == 0:
			return int(tid), status, nil
		case e != unix.EINTR:
			return 0, 0, e
		case !time.Now().Before(d.at):
			return 0, 0, ErrLate
		}
	}
}

// Stop ends the Deadline, whether it has come or not.
func (d *Deadline) Stop() {
	unix.RawSyscall(unix.SYS_TIMER_DELETE, uintptr(d.timer), 0, 0)
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&d.mask)), 0, 8, 0, 0)
}
