package ptrace

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// rseqConfiguration is struct ptrace_rseq_configuration (include/uapi/linux/ptrace.h).
type rseqConfiguration struct {
	area             uint64
	size             uint32
	signature, flags uint32
	_                uint32
}

// RseqArea returns where a stopped thread has its struct rseq; ok is unset where it
// has none, or the kernel, older than Linux 5.13, does not tell.
func RseqArea(tid int) (a sysdeps.Addr, ok bool) {
	var c rseqConfiguration
	// The result is the size of the answer.
	n, _, e := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GET_RSEQ_CONFIGURATION, uintptr(tid),
		unsafe.Sizeof(c), uintptr(unsafe.Pointer(&c)), 0, 0)
	return sysdeps.Addr(c.area), e == 0 && n != 0 && c.area != 0
}
