package ptrace

import (
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// Kernel is the interface of the kernel that a tracer stands on, call by call and without
// an opinion on it: for those that judge the kernel, and put something between it and
// themselves. Tracers use the functions of this package, which cost less.
type Kernel interface {
	// Ptrace makes any request (ptrace(2)).
	Ptrace(req, tid int, addr, data Arg) (uintptr, unix.Errno)
	// Wait4 is wait4(2); pid is 0 when WNOHANG finds nothing.
	Wait4(pid, options int) (got int, status unix.WaitStatus, e unix.Errno)
	// Waitid is waitid(2); a Signo of 0 means that WNOHANG has found nothing.
	Waitid(idType, id, options int) (sysdeps.Siginfo, unix.Errno)
	// ReadVM is process_vm_readv(2).
	ReadVM(pid int, local []unix.Iovec, remote []unix.RemoteIovec, flags uint) (int, error)
	// Open opens a file that the kernel makes, as those of /proc are.
	Open(name string, flags int) (*os.File, error)
	// Fork starts a program (the function of this name).
	Fork(p *Program) (*Launch, error)
}

// Arg is an argument of a request: a number, or memory of the caller.
type Arg struct {
	value uintptr
	mem   []byte
	iov   *unix.Iovec
	left  *int // what the kernel leaves as the length in iov
}

// Value is an argument that is a number, or an address in the tracee.
func Value[N ~int | ~uint64 | ~uintptr](v N) Arg { return Arg{value: uintptr(v)} }

// Pointer is the address of memory that the kernel reads or writes.
func Pointer(mem []byte) Arg { return Arg{mem: mem} }

// Vector is the address of a struct iovec of memory that the kernel reads or writes; n is
// set to the length that the kernel leaves in it.
func Vector(mem []byte, n *int) Arg { return Arg{mem: mem, iov: new(unix.Iovec), left: n} }

// Number returns the number that an argument is, for a Kernel that looks at what it is
// asked; 0 of memory.
func (a Arg) Number() uint64 { return uint64(a.value) }

// Memory returns the memory that an argument, or its vector, points to; nil of a number.
func (a Arg) Memory() []byte { return a.mem }

// Direct is the kernel itself.
type Direct struct{}

// Ptrace implements Kernel.
func (Direct) Ptrace(req, tid int, addr, data Arg) (uintptr, unix.Errno) {
	var pin runtime.Pinner
	defer pin.Unpin()
	a, d := addr.word(&pin), data.word(&pin)
	r, _, e := unix.Syscall6(unix.SYS_PTRACE, uintptr(req), uintptr(tid), a, d, 0, 0)
	addr.settle()
	data.settle()
	return r, e
}

// word returns what goes into the register: a number, or the address of memory that is
// pinned to its place.
func (a *Arg) word(pin *runtime.Pinner) uintptr {
	if a.mem == nil && a.iov == nil {
		return a.value
	}
	mem := unsafe.SliceData(a.mem)
	if mem != nil {
		pin.Pin(mem)
	}
	if a.iov == nil {
		return uintptr(unsafe.Pointer(mem))
	}
	pin.Pin(a.iov)
	a.iov.Base = mem
	a.iov.SetLen(len(a.mem))
	return uintptr(unsafe.Pointer(a.iov))
}

// settle tells the caller what the kernel has made of the vector.
func (a *Arg) settle() {
	if a.iov != nil {
		*a.left = int(a.iov.Len)
	}
}

// Wait4 implements Kernel.
func (Direct) Wait4(pid, options int) (int, unix.WaitStatus, unix.Errno) {
	var status unix.WaitStatus
	for {
		got, _, e := unix.Syscall6(unix.SYS_WAIT4, uintptr(pid), uintptr(unsafe.Pointer(&status)), uintptr(options), 0, 0, 0)
		if e != unix.EINTR {
			return int(got), status, e
		}
	}
}

// Waitid implements Kernel.
func (Direct) Waitid(idType, id, options int) (info sysdeps.Siginfo, e unix.Errno) {
	for {
		_, _, e = unix.Syscall6(unix.SYS_WAITID, uintptr(idType), uintptr(id), uintptr(unsafe.Pointer(&info)), uintptr(options), 0, 0)
		if e != unix.EINTR {
			return info, e
		}
	}
}

// ReadVM implements Kernel.
func (Direct) ReadVM(pid int, local []unix.Iovec, remote []unix.RemoteIovec, flags uint) (int, error) {
	return unix.ProcessVMReadv(pid, local, remote, flags)
}

// Open implements Kernel.
func (Direct) Open(name string, flags int) (*os.File, error) { return os.OpenFile(name, flags, 0) }

// Fork implements Kernel.
func (Direct) Fork(p *Program) (*Launch, error) { return Fork(p) }
