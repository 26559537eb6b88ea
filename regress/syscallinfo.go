package regress

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// CallInfo is struct ptrace_syscall_info (linux/ptrace.h). What follows SP depends on Op.
type CallInfo struct {
	Op      uint8 // PTRACE_SYSCALL_INFO_*
	Arch    uint32
	IP, SP  sysdeps.Addr
	Number  uint64    // at an entry, and of SECCOMP_RET_TRACE
	Args    [6]uint64 // as well
	Result  int64     // at an exit
	IsError bool      // as well
	Data    uint32    // of SECCOMP_RET_TRACE
	Size    int       // of what the kernel has, in bytes
}

// syscallInfoSize is the size of the structure with its largest part.
const syscallInfoSize = 88

// SyscallInfo is PTRACE_GET_SYSCALL_INFO.
func (c *Tracee) SyscallInfo() (info CallInfo) {
	b := make([]byte, syscallInfoSize)
	info.Size = int(c.must(unix.PTRACE_GET_SYSCALL_INFO, ptrace.Value(len(b)), ptrace.Pointer(b)))
	word := func(at int) uint64 { return binary.NativeEndian.Uint64(b[at:]) }
	info.Op = b[0]
	info.Arch = binary.NativeEndian.Uint32(b[4:])
	info.IP, info.SP = sysdeps.Addr(word(8)), sysdeps.Addr(word(16))
	switch info.Op {
	case unix.PTRACE_SYSCALL_INFO_ENTRY, unix.PTRACE_SYSCALL_INFO_SECCOMP:
		info.Number = word(24)
		for i := range info.Args {
			info.Args[i] = word(32 + 8*i)
		}
		info.Data = binary.NativeEndian.Uint32(b[80:])
	case unix.PTRACE_SYSCALL_INFO_EXIT:
		info.Result = int64(word(24))
		info.IsError = b[32] != 0
	}
	return info
}

// ExpectEntry waits for the stop at the entry of a system call, with
// PTRACE_O_TRACESYSGOOD, and returns the registers there.
func (c *Tracee) ExpectEntry(name string) *sysdeps.Regs {
	c.ExpectSyscallStop()
	r := c.Regs()
	c.entered(r, name)
	return r
}

// entered holds that the thread has entered a system call, and that it was not made yet:
// the result is -ENOSYS until then.
func (c *Tracee) entered(r *sysdeps.Regs, name string) {
	nr, _ := r.Syscall()
	Equal(c.t, "the call", r.Arch.Syscalls.Name(nr), name)
	Equal(c.t, "the result", r.SyscallResult(), -int64(unix.ENOSYS))
}

// ExpectReturn waits for the stop at the exit of a system call, with
// PTRACE_O_TRACESYSGOOD, and returns the result. It cannot be one that says ENOSYS.
func (c *Tracee) ExpectReturn(name string) int64 {
	c.ExpectSyscallStop()
	r := c.Regs()
	nr, _ := r.Syscall()
	Equal(c.t, "the call", r.Arch.Syscalls.Name(nr), name)
	if r.SyscallResult() == -int64(unix.ENOSYS) {
		c.t.Fail("%s stands at the entry of %s, not at its exit", c.Name, name)
	}
	return r.SyscallResult()
}

// SetSyscallInfo is PTRACE_SET_SYSCALL_INFO.
func (c *Tracee) SetSyscallInfo(info *CallInfo) {
	b := info.bytes()
	c.must(unix.PTRACE_SET_SYSCALL_INFO, ptrace.Value(len(b)), ptrace.Pointer(b))
}

// bytes returns the kernel's structure.
func (info *CallInfo) bytes() []byte {
	b := make([]byte, syscallInfoSize)
	put := func(at int, v uint64) { binary.NativeEndian.PutUint64(b[at:], v) }
	b[0] = info.Op
	binary.NativeEndian.PutUint32(b[4:], info.Arch)
	put(8, uint64(info.IP))
	put(16, uint64(info.SP))
	switch info.Op {
	case unix.PTRACE_SYSCALL_INFO_ENTRY, unix.PTRACE_SYSCALL_INFO_SECCOMP:
		put(24, info.Number)
		for i, a := range info.Args {
			put(32+8*i, a)
		}
		binary.NativeEndian.PutUint32(b[80:], info.Data)
	case unix.PTRACE_SYSCALL_INFO_EXIT:
		put(24, uint64(info.Result))
		if info.IsError {
			b[32] = 1
		}
	}
	return b
}
