package stacks

import (
	"errors"
	"math"
	"os"

	"sonde/proc"
	"sonde/seccomp"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// writeForm is where a system call has what it writes: in all of them the descriptor is
// the first argument.
type writeForm uint8

const (
	writesBuffer  writeForm = iota // the second and the third: address and length
	writesVector                   // address and number of struct iovec
	writesMessage                  // the address of a struct msghdr
	writesMany                     // address and number of struct mmsghdr
	closesOne                      // nothing: the first is a descriptor that is no more what it was
	closesNew                      // nothing: the second is
	closesRange                    // nothing: the first to the second are
)

type writeCall struct {
	name string
	form writeForm
}

// writeForms are the system calls that are looked at.
var writeForms = map[string]writeForm{
	"write": writesBuffer, "pwrite64": writesBuffer, "send": writesBuffer, "sendto": writesBuffer,
	"writev": writesVector, "pwritev": writesVector, "pwritev2": writesVector,
	"sendmsg": writesMessage, "sendmmsg": writesMany,
	"close": closesOne, "dup2": closesNew, "dup3": closesNew, "close_range": closesRange,
}

// writeCalls returns them by their numbers, parts of other calls among them.
func writeCalls(a *sysdeps.Arch) map[int64]writeCall {
	calls := make(map[int64]writeCall)
	add := func(nr int64, name string) {
		if form, ok := writeForms[name]; ok {
			calls[nr] = writeCall{name, form}
		}
	}
	for nr, name := range a.Syscalls.All() {
		add(nr, name)
		for part, name := range a.Syscalls.Parts(nr) {
			add(part, name)
		}
	}
	return calls
}

func (c writeCall) closes() bool { return c.form >= closesOne }

// closed returns which descriptors a call closes.
func (c writeCall) closed(args *[6]uint64) (first, last uint32) {
	switch c.form {
	case closesNew:
		return uint32(args[1]), uint32(args[1])
	case closesRange:
		return uint32(args[0]), uint32(args[1])
	}
	return uint32(args[0]), uint32(args[0])
}

// written returns how many bytes a call has written, by its result.
func (c writeCall) written(result int64) int64 {
	if c.form == writesMany { // it counts messages
		return math.MaxInt64
	}
	return result
}

// maxPieces is how many buffers a call may write at the most (UIO_MAXIOV,
// include/uapi/linux/uio.h).
const maxPieces = 1024

// writtenReader reads what system calls are about to write. It is used again and again.
type writtenReader struct {
	b    []byte
	left uint64 // that may be read yet
	arch *sysdeps.Arch
	mem  sysdeps.Memory
	word [msghdrWords * 8]byte
}

// msghdrWords is the size of a struct msghdr in words: padding makes the int in it one
// (struct user_msghdr, include/linux/socket.h).
const msghdrWords = 7

// read appends what a call is about to write, as far as it can be read and not more than
// maxWritten bytes.
func (r *writtenReader) read(b []byte, c writeCall, a *sysdeps.Arch, args *[6]uint64, m sysdeps.Memory) []byte {
	r.b, r.left, r.arch, r.mem = b, maxWritten, a, m
	switch c.form {
	case writesBuffer:
		r.buffer(args[1], args[2])
	case writesVector:
		r.vector(args[1], args[2])
	case writesMessage:
		r.message(args[1])
	case writesMany:
		// struct mmsghdr is a struct msghdr and an int, and aligned as that is.
		size := uint64(msghdrWords+1) * uint64(a.PtrSize)
		for i := range min(args[2]&math.MaxUint32, maxPieces) {
			if r.left == 0 || !r.message(args[1]+i*size) {
				break
			}
		}
	}
	return r.b
}

// buffer reads bytes, and tells whether it has got all that it may.
func (r *writtenReader) buffer(at, n uint64) bool {
	n = min(n, r.left)
	begin := len(r.b)
	r.b = append(r.b, make([]byte, n)...)
	got, err := r.mem.ReadMemory(r.b[begin:], sysdeps.Addr(at))
	r.b = r.b[:begin+got]
	r.left -= uint64(got)
	return err == nil
}

// words reads words of the machine's size.
func (r *writtenReader) words(at uint64, to []uint64) bool {
	size := r.arch.PtrSize
	p := r.word[:len(to)*size]
	if n, _ := r.mem.ReadMemory(p, sysdeps.Addr(at)); n < len(p) {
		return false
	}
	for i := range to {
		to[i] = r.arch.Word(p[i*size:])
	}
	return true
}

// vector reads what struct iovec lead to.
func (r *writtenReader) vector(at, n uint64) bool {
	for i := range min(n, maxPieces) {
		var iov [2]uint64 // iov_base, iov_len
		if r.left == 0 || !r.words(at+i*2*uint64(r.arch.PtrSize), iov[:]) || !r.buffer(iov[0], iov[1]) {
			return false
		}
	}
	return true
}

// message reads what a struct msghdr leads to.
func (r *writtenReader) message(at uint64) bool {
	const iov, iovLen = 2, 3
	var msg [msghdrWords]uint64
	return r.words(at, msg[:]) && r.vector(msg[iov], msg[iovLen])
}

// filter returns what has the kernel stop a program at the calls alone that are looked at.
func (w *Writes) filter() (seccomp.Filter, error) {
	if !ptrace.CanFilter() {
		return nil, errors.New("the kernel has no filters that stop for a tracer, or is older than Linux 4.14")
	}
	// What our own filters forbid, ours would not be asked about.
	if st, err := proc.ReadStatus(os.Getpid()); err != nil || st.Seccomp != 0 {
		return nil, errors.New("ferror itself runs under a filter, which may answer calls first")
	}
	var machines []seccomp.Calls
	for arch, calls := range w.calls {
		c := seccomp.Calls{Arch: arch}
		for nr := range calls {
			c.Except = append(c.Except, sysdeps.WholeOf(nr))
		}
		machines = append(machines, c)
	}
	return seccomp.New(machines)
}
