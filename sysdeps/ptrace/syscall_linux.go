package ptrace

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// SyscallStop is what a thread stops with, in place of SIGTRAP, at the entry and
// the exit of a system call, where OptSysGood is set (ptrace(2)).
const SyscallStop = unix.SIGTRAP | 0x80

// Syscall lets a stopped thread run to the next entry or exit of a system call,
// delivering sig unless it is 0.
func Syscall(tid, sig int) error {
	return opError("PTRACE_SYSCALL", tid, request(unix.PTRACE_SYSCALL, tid, 0, uintptr(sig)))
}

// SyscallInfo is struct ptrace_syscall_info (include/uapi/linux/ptrace.h): its
// union comes as words, the first of which is the number at an entry and the result
// at an exit. There the next begins with a byte that says whether it is an errno;
// at an entry the next six are the arguments, behind which, at the stop that a filter
// has caused, stand the 32 bits of its SECCOMP_RET_DATA.
type SyscallInfo struct {
	op    uint8
	_     [3]byte
	audit uint32
	pc    uint64
	sp    uint64
	words [8]uint64
}

// GetSyscallInfo asks what system call a thread has stopped at. The error is EIO
// where the kernel, older than Linux 5.3, does not know the request.
func GetSyscallInfo(tid int, info *SyscallInfo) error {
	return opError("PTRACE_GET_SYSCALL_INFO", tid,
		request(unix.PTRACE_GET_SYSCALL_INFO, tid, unsafe.Sizeof(*info), uintptr(unsafe.Pointer(info))))
}

// Arch returns the machine by whose convention the call is made, nil if it is
// unknown.
func (i *SyscallInfo) Arch() *sysdeps.Arch { return sysdeps.ArchByAudit(i.audit) }

// At returns the program counter, behind the instruction, and the stack pointer.
func (i *SyscallInfo) At() (pc, sp sysdeps.Addr) { return sysdeps.Addr(i.pc), sysdeps.Addr(i.sp) }

// Entry tells whether it is a call's entry.
func (i *SyscallInfo) Entry() bool { return i.op == unix.PTRACE_SYSCALL_INFO_ENTRY }

// Exit tells whether it is a call's exit.
func (i *SyscallInfo) Exit() bool { return i.op == unix.PTRACE_SYSCALL_INFO_EXIT }

// Filtered tells whether it is the stop that a seccomp filter causes, behind the
// entry's (PTRACE_EVENT_SECCOMP).
func (i *SyscallInfo) Filtered() bool { return i.op == unix.PTRACE_SYSCALL_INFO_SECCOMP }

// Call returns the number and the arguments, at an entry or where a filter stops.
func (i *SyscallInfo) Call() (nr int64, args *[6]uint64) {
	return int64(i.words[0]), (*[6]uint64)(i.words[1:7])
}

// Result returns the result and whether it is an errno, negated, at an exit.
func (i *SyscallInfo) Result() (value int64, failed bool) {
	var second [8]byte
	binary.NativeEndian.PutUint64(second[:], i.words[1])
	return int64(i.words[0]), second[0] != 0
}

// CanFilter tells whether the kernel has filters that stop a thread for its tracer,
// and asks them behind the stop at a call's entry, not before it: since Linux 4.8,
// while the question that is put here is answered since Linux 4.14.
func CanFilter() bool {
	action := uint32(unix.SECCOMP_RET_TRACE)
	_, _, e := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	return e == 0
}
