package descriptor

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	sqeSize    = 64         // of struct io_uring_sqe (linux/io_uring.h)
	sqesOffset = 0x10000000 // IORING_OFF_SQES
	// maxSubmissions bounds how many entries of a ring are read: more than a reader
	// wants to see of one call.
	maxSubmissions = 64
)

// Submissions returns the first entries that wait in the submission queue of the
// io_uring that a descriptor of a thread is, at most n, one struct io_uring_sqe after
// the other. It is nil where there are none, or they cannot be read. The bytes are
// valid until the next call.
//
// The kernel tells which entries these are (fdinfo: io_uring/fdinfo.c); where they are
// in the program's memory it does not. So the ring is mapped once more, through a
// descriptor of our own, and left at once.
func (r *Reader) Submissions(tid int, fd int32, n uint32) []byte {
	if fd < 0 || n == 0 {
		return nil
	}
	r.proc = "/proc/" + strconv.Itoa(tid) + "/"
	q := r.queue(r.proc+"fdinfo/"+strconv.Itoa(int(fd)), min(n, maxSubmissions))
	if len(q.entries) == 0 {
		return nil
	}
	own, err := duplicate(tid, fd)
	if err != nil {
		return nil
	}
	defer unix.Close(own)
	ring, err := unix.Mmap(own, sqesOffset, (int(q.mask)+1)*sqeSize, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil
	}
	defer unix.Munmap(ring)
	r.entries = r.entries[:0]
	for _, i := range q.entries {
		r.entries = append(r.entries, ring[i*sqeSize:][:sqeSize]...)
	}
	return r.entries
}

// queue is what fdinfo tells of a submission queue.
type queue struct {
	mask    uint64
	entries []uint64 // which of the array's wait, in their order
}

// maxRing is how many entries a queue has at most (IORING_MAX_ENTRIES), less one.
const maxRing = 32768 - 1

// queue reads at most n entries of a queue: those that are no larger than usual.
func (r *Reader) queue(path string, n uint32) queue {
	q := queue{entries: r.waiting[:0]}
	r.tables.each(path, func(line []byte) bool {
		name, rest, _ := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
		if string(name) == "SqMask" {
			q.mask, _ = strconv.ParseUint(string(bytes.TrimSpace(rest)), 0, 32)
		}
		opcode := bytes.HasPrefix(rest, []byte(" opcode:"))
		if i, err := strconv.ParseUint(string(name), 10, 32); opcode && err == nil && i <= q.mask && q.mask <= maxRing {
			q.entries = append(q.entries, i)
		}
		if opcode && bytes.Contains(rest, []byte(", e0:")) { // IORING_SETUP_SQE128
			q.entries = q.entries[:0]
			return false
		}
		return uint32(len(q.entries)) < n
	})
	r.waiting = q.entries
	return q
}

// duplicate returns a descriptor of our own for a thread's (pidfd_getfd(2)).
func duplicate(tid int, fd int32) (int, error) {
	process, err := unix.PidfdOpen(tid, pidfdThread)
	if err != nil { // no threads but the first, before Linux 6.9
		process, err = unix.PidfdOpen(tid, 0)
	}
	if err != nil {
		return -1, err
	}
	defer unix.Close(process)
	return unix.PidfdGetfd(process, int(fd), 0)
}

// pidfdThread is PIDFD_THREAD of linux/pidfd.h.
const pidfdThread = unix.O_EXCL
