package proc

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/sysdeps"
)

// Space is one address space: that of a process, shared with those made by
// vfork or clone(CLONE_VM) until they exec or end.
type Space struct {
	Arch  *sysdeps.Arch
	Table *breakpoint.Table
	// Data is for whoever plants the breakpoints.
	Data SpaceData

	// FaultsWait says that a thread of the program's may have to fill a page before
	// it can be read (userfaultfd(2)), which it cannot do while its tracer waits for
	// that: memory is to be read by ReadMemory alone then, which fails at once.
	FaultsWait bool

	mem       int // /proc/PID/mem, open since the first stop
	processes map[*Process]struct{}
	injected  []pool
	slack     []slack
	noInject  bool // calls cannot be injected: instructions run from slack, or in place
	gadget    sysdeps.Addr
}

// SpaceData is what goes with an address space, to be cloned when it is forked.
type SpaceData interface{ Clone() SpaceData }

// pool is memory that was mapped into the tracee for slots.
type pool struct{ lo, size sysdeps.Addr }

// slack is memory of the program's that slots were made in, as it was before.
type slack struct {
	lo  sysdeps.Addr
	was []byte
}

// newSpace opens the memory of a thread. The descriptor keeps working where
// the process makes itself undumpable later, and writes to any page.
func newSpace(tid int, arch *sysdeps.Arch, table *breakpoint.Table) (*Space, error) {
	s := emptySpace(arch, table)
	return s, s.open(tid)
}

// emptySpace is a space whose memory is to be opened yet.
func emptySpace(arch *sysdeps.Arch, table *breakpoint.Table) *Space {
	return &Space{Arch: arch, Table: table, mem: -1, processes: make(map[*Process]struct{})}
}

// copiedSpace is the space of a forked copy. late is as inherit has it.
func copiedSpace(tid int, from *Space, late bool) (*Space, error) {
	s, err := newSpace(tid, from.Arch, from.Table.Clone())
	if err == nil {
		err = s.inherit(from, late)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// passingSpace is a forked copy whose traps are to be taken out at once: it may have one
// of the last descriptors.
func passingSpace(tid int, from *Space) (*Space, error) {
	s := emptySpace(from.Arch, from.Table)
	return s, s.openAnyway(tid)
}

// spareFiles is how many descriptors no space keeps: for the files in /proc and those of
// programs, which are open for a moment. An end of a thread is not to be made out of a
// status that could not be opened.
const spareFiles = 8

// spare tells whether a descriptor is one of the last that there are.
func spare(fd int) bool {
	var limit unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	return err == nil && uint64(fd)+spareFiles >= limit.Cur
}

func (s *Space) open(tid int) error {
	err := s.openAnyway(tid)
	if err == nil && spare(s.mem) {
		s.close()
		return fmt.Errorf("open memory of %d: %w", tid, unix.EMFILE)
	}
	return err
}

func (s *Space) openAnyway(tid int) error {
	fd, err := unix.Open("/proc/"+strconv.Itoa(tid)+"/mem", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		if gone(err) {
			err = sysdeps.ErrGone
		}
		if err == unix.EACCES { // would_dump in fs/exec.c
			return fmt.Errorf("open memory of %d: %w (a program whose file you may execute but not read is hidden from who lacks CAP_SYS_PTRACE)", tid, err)
		}
		return fmt.Errorf("open memory of %d: %w", tid, err)
	}
	s.mem = fd
	return nil
}

// inherit takes over what the address space was forked with. late says that the parent
// has ended since, and may have done more before.
func (s *Space) inherit(from *Space, late bool) error {
	s.noInject, s.gadget, s.FaultsWait = from.noInject, from.gadget, from.FaultsWait
	if from.Data != nil {
		s.Data = from.Data.Clone()
	}
	s.slack = append([]slack(nil), from.slack...)
	several := 0
	from.threads(func(*Thread) { several++ })
	var err error
	if several > 1 || late {
		err = s.Table.Repair(s, from, from.Table)
		if errors.Is(err, sysdeps.ErrGone) && s.alive() {
			err = nil // the parent has been killed since, with what it knew
		}
	}
	for _, p := range from.injected {
		if s.Table.HasPool(p.lo) {
			s.injected = append(s.injected, p)
		}
	}
	return err
}

// leave takes a process out and closes the memory after the last.
func (s *Space) leave(p *Process) {
	delete(s.processes, p)
	if len(s.processes) == 0 {
		s.close()
	}
}

func (s *Space) close() {
	if s.mem >= 0 {
		unix.Close(s.mem)
		s.mem = -1
	}
}

// vacate is leave for a process that has a new program. Where it was the last
// but the memory lives on, somebody else is in it who is to meet no trap: one
// who is not traced, or the process itself, if it was attached to in the middle
// of the exec, when this was its new memory already.
func (s *Space) vacate(p *Process) {
	if _, in := s.processes[p]; in && len(s.processes) == 1 && s.alive() {
		_ = s.Table.RemoveAll(s) // what is not there any more need not be put back
	}
	s.leave(p)
}

// alive tells whether anybody still runs in the space.
func (s *Space) alive() bool {
	var b [1]byte
	_, err := s.ReadMemory(b[:], 0)
	return !errors.Is(err, sysdeps.ErrGone)
}

// ReadMemory reads as sysdeps.Memory says, traps of ours included.
func (s *Space) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	if s.mem < 0 { // everybody has left it
		return 0, &sysdeps.OpError{Op: "read memory", Addr: a, Err: unix.ESRCH}
	}
	n, err := unix.Pread(s.mem, p, int64(a))
	switch {
	case n == len(p):
		return n, nil
	case n > 0:
		// The kernel reads page by page and tells why it stopped only
		// when asked for the rest.
		m, err := s.ReadMemory(p[n:], a+sysdeps.Addr(n))
		return n + m, err
	case err == nil: // the address space is gone
		err = unix.ESRCH
	}
	return 0, &sysdeps.OpError{Op: "read memory", Addr: a, Err: err}
}

// WriteMemory writes as sysdeps.MemoryWriter says.
func (s *Space) WriteMemory(p []byte, a sysdeps.Addr) error {
	if s.mem < 0 {
		return &sysdeps.OpError{Op: "write memory", Addr: a, Err: unix.ESRCH}
	}
	n, err := unix.Pwrite(s.mem, p, int64(a))
	if err == nil && n < len(p) {
		err = unix.ESRCH
		if n > 0 {
			err = unix.EIO
		}
	}
	if err != nil {
		return &sysdeps.OpError{Op: "write memory", Addr: a, Err: err}
	}
	return nil
}

// AddSlack offers [lo, hi), executable and unused by the program, for the case
// that no memory can be mapped into the tracee.
func (s *Space) AddSlack(lo, hi sysdeps.Addr) {
	if !s.noInject || lo >= hi || s.Table.HasPool(lo) {
		return
	}
	was := make([]byte, hi-lo)
	if _, err := s.ReadMemory(was, lo); err == nil {
		s.slack = append(s.slack, slack{lo, was})
		s.Table.AddPool(lo, hi)
	}
}

// threads calls f for each thread that runs in the address space.
func (s *Space) threads(f func(*Thread)) {
	for p := range s.processes {
		for _, th := range p.threads {
			f(th)
		}
	}
}
