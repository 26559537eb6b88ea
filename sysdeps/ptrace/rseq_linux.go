package ptrace

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// rseqConfiguration is struct ptrace_rseq_configuration (include/uapi/linux/ptrace.h).
type rseqConfiguration struct {
	area             uint64
	size             uint32
	signature, flags uint32
	_                uint32
}

// rseqSection is where struct rseq has the pointer to the description of the restartable
// sequence that the thread is in (include/uapi/linux/rseq.h).
const rseqSection = 8

// RseqSection returns that pointer of a stopped thread; 0 where it is in no sequence, has no
// struct rseq, or the kernel, older than Linux 5.13, does not tell.
func RseqSection(tid int) (section uint64, err error) {
	area := rseqArea(tid)
	if area == 0 {
		return 0, nil
	}
	for at := uintptr(0); at < 8; at += wordSize {
		var word uintptr
		if e := request(unix.PTRACE_PEEKDATA, tid, area+rseqSection+at, uintptr(unsafe.Pointer(&word))); e != 0 {
			return 0, opError("PTRACE_PEEKDATA", tid, e)
		}
		section |= uint64(word) << (8 * at)
	}
	return section, nil
}

// SetRseqSection changes it where RseqSection has found it.
func SetRseqSection(tid int, section uint64) error {
	area := rseqArea(tid)
	for at := uintptr(0); area != 0 && at < 8; at += wordSize {
		if e := request(unix.PTRACE_POKEDATA, tid, area+rseqSection+at, uintptr(section>>(8*at))); e != 0 {
			return opError("PTRACE_POKEDATA", tid, e)
		}
	}
	return nil
}

// wordSize is how much PTRACE_PEEKDATA reads.
const wordSize = unsafe.Sizeof(uintptr(0))

// rseqArea returns where a stopped thread has its struct rseq, or 0.
func rseqArea(tid int) uintptr {
	var c rseqConfiguration
	// The result is the size of the answer.
	n, _, e := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GET_RSEQ_CONFIGURATION, uintptr(tid),
		unsafe.Sizeof(c), uintptr(unsafe.Pointer(&c)), 0, 0)
	if e != 0 || n == 0 {
		return 0
	}
	return uintptr(c.area)
}
