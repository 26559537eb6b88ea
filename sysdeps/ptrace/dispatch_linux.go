package ptrace

import "unsafe"

// Dispatch is struct ptrace_sud_config (include/uapi/linux/ptrace.h): where the kernel lets
// system calls of a thread come from, and makes signals of others
// (PR_SET_SYSCALL_USER_DISPATCH).
type Dispatch struct{ mode, selector, offset, size uint64 }

// On tells whether it does so at all.
func (d *Dispatch) On() bool { return d.mode != 0 } // PR_SYS_DISPATCH_OFF

// PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG and its counterpart, missing in x/sys.
const (
	setDispatch = 0x4210
	getDispatch = 0x4211
)

// GetDispatch reads that of a stopped thread. It is off where the kernel, older than
// Linux 6.4, does not tell.
func GetDispatch(tid int) (d Dispatch) {
	if request(getDispatch, tid, unsafe.Sizeof(d), uintptr(unsafe.Pointer(&d))) != 0 {
		return Dispatch{}
	}
	return d
}

// SetDispatch changes it; the zero value turns it off.
func SetDispatch(tid int, d Dispatch) error {
	return opError("PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG", tid,
		request(setDispatch, tid, unsafe.Sizeof(d), uintptr(unsafe.Pointer(&d))))
}
