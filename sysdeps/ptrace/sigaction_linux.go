package ptrace

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernelSigaction is the kernel's struct sigaction of the machines
// with an sa_restorer (arch/x86/include/uapi/asm/signal.h), which is not libc's.
type kernelSigaction struct {
	handler, flags, restorer uintptr
	mask                     uint64
}

const (
	saSiginfo  = 0x4
	saRestorer = 0x04000000
	saOnStack  = 0x08000000
	saRestart  = 0x10000000
)

func setAction(sig unix.Signal, act *kernelSigaction) error {
	_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(act)), 0, 8, 0, 0)
	if e != 0 {
		return fmt.Errorf("rt_sigaction %v: %w", sig, e)
	}
	return nil
}

// sigIgnore is SIG_IGN.
const sigIgnore = 1

// IgnoreSignal makes this process ignore sig, past the Go runtime.
func IgnoreSignal(sig unix.Signal) error { return setAction(sig, &kernelSigaction{handler: sigIgnore}) }

// ResetSignal gives sig its default action, past the Go runtime.
func ResetSignal(sig unix.Signal) error { return setAction(sig, &kernelSigaction{}) }

// saNoCldStop is SA_NOCLDSTOP (include/uapi/asm-generic/signal-defs.h).
const saNoCldStop = 0x1

// QuietStops keeps the kernel from sending SIGCHLD to this process for every
// stop of a tracee (do_notify_parent_cldstop in kernel/signal.c), which the Go
// runtime would catch each time. Wait needs no SIGCHLD.
func QuietStops() error {
	return setAction(unix.SIGCHLD, &kernelSigaction{flags: saNoCldStop})
}

// Die ends this process by sig, if that is what the signal does by default.
func Die(sig unix.Signal) {
	if sig != unix.SIGKILL {
		if err := ResetSignal(sig); err != nil {
			return
		}
	}
	mask := uint64(1) << (sig - 1)
	runtime.LockOSThread()
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_UNBLOCK, uintptr(unsafe.Pointer(&mask)), 0, 8, 0, 0)
	unix.Tgkill(unix.Getpid(), unix.Gettid(), sig)
}
