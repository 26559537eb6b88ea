package ptrace

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// Gather collects pieces of a tracee's memory to be read by one
// process_vm_readv(2). It is reused from stop to stop: Reset, Add, Read.
type Gather struct {
	local  []unix.Iovec
	remote []unix.RemoteIovec
}

// Reset forgets all pieces.
func (g *Gather) Reset() { g.local, g.remote = g.local[:0], g.remote[:0] }

// Len returns the number of pieces.
func (g *Gather) Len() int { return len(g.remote) }

// Add asks for len(p) bytes at a, to be stored in p, which must stay alive
// and in place until Read. A piece that does not cross a page is read whole
// or not at all.
func (g *Gather) Add(p []byte, a sysdeps.Addr) {
	if len(p) == 0 {
		return
	}
	iov := unix.Iovec{Base: &p[0]}
	iov.SetLen(len(p))
	g.local = append(g.local, iov)
	g.remote = append(g.remote, unix.RemoteIovec{Base: uintptr(a), Len: len(p)})
}

// Read reads the pieces from the n-th on and returns the index of the first
// that could not be read whole: Len when all could. The kernel stops at the
// first unreadable page, so what lies behind may be asked for again. The error
// tells why nothing at all was read.
func (g *Gather) Read(tid, n int) (done int, err error) {
	if n >= len(g.remote) {
		return n, nil
	}
	got, _, e := unix.Syscall6(unix.SYS_PROCESS_VM_READV, uintptr(tid),
		uintptr(unsafe.Pointer(&g.local[n])), uintptr(len(g.local)-n),
		uintptr(unsafe.Pointer(&g.remote[n])), uintptr(len(g.remote)-n), 0)
	if e != 0 {
		return n, &sysdeps.OpError{Op: "process_vm_readv", TID: tid, Addr: sysdeps.Addr(g.remote[n].Base), Err: e}
	}
	left := int(got)
	for n < len(g.remote) && left >= g.remote[n].Len {
		left -= g.remote[n].Len
		n++
	}
	return n, nil
}

// MaxPieces is the most pieces that one Gather may hold (IOV_MAX).
const MaxPieces = 1024
