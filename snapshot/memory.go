package snapshot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/proc"
	"sonde/sysdeps"
)

// Memory reads the memory of a live process, from any number of goroutines.
type Memory struct {
	pid  int
	file *os.File // /proc/PID/mem
}

// OpenMemory opens the memory of a process: where its first thread has ended and others
// live, that of one of those.
func OpenMemory(pid int) (*Memory, error) {
	m, err := openMemory(pid)
	if errors.Is(err, proc.ErrZombie) {
		tids, _ := proc.Tasks(pid) // where there are none, it is a zombie indeed
		for _, tid := range tids {
			if m, e := openMemory(tid); e == nil {
				return m, nil
			}
		}
	}
	return m, err
}

func openMemory(pid int) (*Memory, error) {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/mem")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, proc.ErrNoProcess
	case errors.Is(err, unix.ESRCH): // it has no memory
		return nil, whyNone(pid)
	}
	if err != nil {
		return nil, fmt.Errorf("open memory of %d: %w", pid, err)
	}
	return &Memory{pid, f}, nil
}

// TID is a thread of the process that has its memory: what /proc tells of mappings and
// files, it tells below that thread's directory.
func (m *Memory) TID() int { return m.pid }

// Close ends its use.
func (m *Memory) Close() error { return m.file.Close() }

// ReadMemory implements sysdeps.Memory. It reads by process_vm_readv(2), which is
// the faster, and by /proc/PID/mem where that fails: pages without PROT_READ, and
// containers whose seccomp filter forbids the call.
func (m *Memory) ReadMemory(p []byte, a sysdeps.Addr) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	local := []unix.Iovec{{Base: &p[0]}}
	local[0].SetLen(len(p))
	n, err = unix.ProcessVMReadv(m.pid, local, []unix.RemoteIovec{{Base: uintptr(a), Len: len(p)}}, 0)
	if n = max(n, 0); n == len(p) {
		return n, nil
	}
	ended := errors.Is(err, unix.ESRCH) // that thread has; others may be there
	got, err := m.readOpened(p[n:], a+sysdeps.Addr(n))
	if ended && got == 0 {
		err = sysdeps.ErrGone
	}
	return n + got, err
}

// readOpened reads the memory that the process had when it was opened, also when it has
// executed another program since: process_vm_readv(2) would take that one's.
func (m *Memory) readOpened(p []byte, a sysdeps.Addr) (int, error) {
	n, err := m.file.ReadAt(p, int64(a))
	if n == len(p) {
		return n, nil
	}
	if err == io.EOF || err == nil { // the memory is gone with its process
		err = unix.EIO
	}
	return n, fmt.Errorf("read memory of %d at %v: %w", m.pid, a+sysdeps.Addr(n), err)
}
