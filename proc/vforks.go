package proc

import (
	"encoding/binary"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// waiting is what a thread does that sleeps without taking signals.
type waiting uint8

const (
	waitsNot    waiting = iota // it runs by now, or nobody knows
	waitsVfork                 // for its vfork's child to exec or end
	waitsMaking                // in the middle of making a thread or a process
	waitsElse
)

// waitsFor looks at a thread that has been seen to sleep without taking signals. To fork it
// does so, too, before its memory is copied: another thread may fork, or map memory
// (dup_mmap in kernel/fork.c). Who makes a process that shares its memory waits for that
// one once there is one.
func waitsFor(pid, tid int, calls *sysdeps.Calls) waiting {
	nr, arg, ok := sleepsIn(tid)
	switch {
	case !ok:
		return waitsNot
	case nr != calls.Fork && nr != calls.Vfork && nr != calls.Clone && nr != calls.Clone3:
		return waitsElse
	case nr == calls.Fork, nr == calls.Clone && arg&unix.CLONE_VFORK == 0, nr == calls.Clone3 && !vforks(tid, arg),
		len(sharers(pid)) == 0:
		return waitsMaking
	}
	return waitsVfork
}

// vforks tells whether the struct clone_args at an address asks for CLONE_VFORK (clone(2)).
func vforks(tid int, at uint64) bool {
	mem, err := os.Open("/proc/" + strconv.Itoa(tid) + "/mem")
	if err != nil {
		return false
	}
	defer mem.Close()
	var flags [8]byte // its first field, little-endian on all machines that we know
	_, err = mem.ReadAt(flags[:], int64(at))
	return err == nil && binary.LittleEndian.Uint64(flags[:])&unix.CLONE_VFORK != 0
}
