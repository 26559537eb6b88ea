package ptrace

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// Wait waits for any child or tracee of the calling thread, and of that thread
// alone: without __WNOTHREAD it would take the ends of processes that other
// goroutines have started (wait4(2)). With block unset it returns tid 0 when
// nothing has happened.
func Wait(block bool) (tid int, status unix.WaitStatus, err error) {
	return wait4(-1, block, unix.WNOTHREAD)
}

// WaitFor waits for one child or tracee.
func WaitFor(tid int) (status unix.WaitStatus, err error) {
	_, status, err = wait4(tid, true, unix.WNOTHREAD)
	return status, err
}

// WaitForAny waits for one child or tracee of any thread of this process.
func WaitForAny(tid int) (status unix.WaitStatus, err error) {
	_, status, err = wait4(tid, true, 0)
	return status, err
}

// Awaited tells whether a thread is a child or tracee of the calling thread whose end
// has not been taken. Nothing that it reports is.
func Awaited(tid int) bool {
	const options = unix.WEXITED | unix.WSTOPPED | unix.WNOHANG | unix.WNOWAIT | unix.WALL | unix.WNOTHREAD
	for {
		_, _, e := unix.RawSyscall6(unix.SYS_WAITID, unix.P_PID, uintptr(tid), 0, options, 0, 0)
		if e != unix.EINTR {
			return e == 0 // else ECHILD
		}
	}
}

// TakeEnd takes the end of a child or tracee of any thread of this process, if it has
// ended. Stops, which a waitid(2) for tracees reports whatever it is asked for
// (wait_task_stopped in kernel/exit.c), stay where they are.
func TakeEnd(tid int) (status unix.WaitStatus, ended bool) {
	const options = unix.WEXITED | unix.WNOHANG | unix.WNOWAIT | unix.WALL
	const exited, dumped = 1, 3 // CLD_EXITED, CLD_DUMPED, with CLD_KILLED between
	var info sysdeps.Siginfo
	_, _, e := unix.RawSyscall6(unix.SYS_WAITID, unix.P_PID, uintptr(tid), uintptr(unsafe.Pointer(&info)), options, 0, 0)
	if e != 0 || info.Signo() == 0 || info.Code() < exited || info.Code() > dumped {
		return 0, false
	}
	got, status, err := wait4(tid, false, 0)
	return status, err == nil && got != 0
}

// Poll returns the status of one tracee if it has changed, and ok unset if it has
// not.
func Poll(tid int) (status unix.WaitStatus, ok bool, err error) {
	got, status, err := wait4(tid, false, unix.WNOTHREAD)
	return status, got != 0, err
}

func wait4(pid int, block bool, whose uintptr) (int, unix.WaitStatus, error) {
	options := unix.WALL | whose
	var status unix.WaitStatus // int32 in the kernel, uint32 here
	for {
		var tid uintptr
		var e unix.Errno
		if block {
			tid, _, e = unix.Syscall6(unix.SYS_WAIT4, uintptr(pid), uintptr(unsafe.Pointer(&status)), options, 0, 0, 0)
		} else {
			tid, _, e = unix.RawSyscall6(unix.SYS_WAIT4, uintptr(pid), uintptr(unsafe.Pointer(&status)), options|unix.WNOHANG, 0, 0, 0)
		}
		switch e {
		case 0:
			return int(tid), status, nil
		case unix.EINTR:
		default:
			return 0, 0, e
		}
	}
}

// Yield lets another thread have the processor first (sched_yield(2)).
func Yield() { unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }
