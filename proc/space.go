package proc

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
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

func (s *Space) open(tid int) error {
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

// inherit takes over what the address space was forked with.
func (s *Space) inherit(from *Space) error {
	s.noInject, s.gadget, s.FaultsWait = from.noInject, from.gadget, from.FaultsWait
	if from.Data != nil {
		s.Data = from.Data.Clone()
	}
	s.slack = append([]slack(nil), from.slack...)
	several := 0
	from.threads(func(*Thread) { several++ })
	var err error
	if several > 1 {
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

// Process is a thread group.
type Process struct {
	PID   int
	Space *Space
	// Launched is set for the program that Sonde itself started, and not
	// for its children.
	Launched bool
	// Root is the launched or attached process that this one descends from:
	// itself, for those.
	Root *Process
	// Data is for whoever runs the loop.
	Data any

	threads map[int]*Thread
	// stepped: its threads run one instruction at a time.
	stepped bool
	// trapAction is the program's handler of SIGTRAP, while it has that
	// signal blocked.
	trapAction *sigaction
	// silent processes are not followed but cannot be let go: they run in a
	// followed process's memory, among its traps, or under a filter.
	silent bool
	// filtered, of a Root: it was launched under a filter.
	filtered bool
	// partial: it is being attached to, and has threads that are not traced
	// yet, maybe.
	partial bool
}

// Threads returns the number of threads.
func (p *Process) Threads() int { return len(p.threads) }

// options are those that the thread was seized with, or its parent.
func (th *Thread) options() uintptr {
	opts := uintptr(options)
	if th.Process.Root.Launched {
		opts |= ptrace.OptExitKill
	}
	if th.Process.underFilter() {
		opts |= ptrace.OptSeccomp
	}
	return opts
}

// hasEnded looks whether a leader has ended before its process's other threads.
// (Those that have not stopped yet do not tell: seized with PTRACE_O_TRACEEXIT they
// would stop on their way out, and an exec that waits for them would keep
// PTRACE_SEIZE, which waits for the exec, from ever getting to let them go.)
func (th *Thread) hasEnded() bool {
	p := th.Process
	if !th.exiting && !th.tellsEnd && th.TID == p.PID && (len(p.threads) > 1 || p.partial) {
		th.exiting = ended(th.TID)
	}
	return th.exiting
}

// LiveTID returns the id of a thread that has not ended, as far as that is known:
// the leader if it can be, but it may have ended before the others, and what its
// files in /proc tell with it. Then it is the lowest one.
func (p *Process) LiveTID() int {
	if th := p.threads[p.PID]; th != nil && (len(p.threads) == 1 || !th.hasEnded()) {
		return p.PID
	}
	for _, tid := range slices.Sorted(maps.Keys(p.threads)) {
		if th := p.threads[tid]; !th.exiting && tid != p.PID && Lives(tid) {
			return tid
		}
	}
	return p.PID
}

type threadState uint8

const (
	running   threadState = iota
	stopped               // in a ptrace stop, to be resumed by us
	listening             // in a group stop, to be resumed by SIGCONT
	released              // no longer traced; our child, whose end is awaited
)

// Thread is one traced thread.
type Thread struct {
	TID     int
	Process *Process
	// Data is for whoever runs the loop.
	Data any

	state threadState
	regs  sysdeps.Regs
	known bool // regs are the thread's
	dirty bool // and must be written back
	// vectors are the thread's, if vectorsKnown. There is room for them once
	// they have been asked for.
	vectors      *sysdeps.Vectors
	vectorsKnown bool
	sig          int  // to be delivered when it goes on
	group        bool // in a group stop: it goes on by PTRACE_LISTEN
	hit          *breakpoint.Breakpoint
	child        *Thread // a new thread to be let go with this one

	// resumedAt is the program counter that it was last resumed with, if
	// that is known: a trap reported there cannot be one of ours.
	resumedAt sysdeps.Addr
	// again are the breakpoints that the thread will run into once more
	// although their hits have been reported, because a signal came
	// between. Handlers nest.
	again []place
	// ownTrap marks a hit that turned out to be a trap of the program's own,
	// and is to be looked at again as its signal.
	ownTrap bool
	// trapBlocked says that the program has SIGTRAP blocked here. The
	// kernel unblocks it when a breakpoint is hit.
	trapBlocked bool
	maskTo      trapMask // what will become of that
	// parked is set while all threads are being gathered.
	parked bool
	// inCall: it has stopped inside a system call, at its entry, or for one of the
	// events of those that make processes and threads, or for an exec or its end.
	inCall bool
	// atEntry: of these, it has stopped at the entry, and the call has not begun.
	atEntry bool
	// call is the system call that it has made last, or is in, as phase says.
	call  Syscall
	phase callPhase
	// everyCall: it stops at all system calls although a filter chooses, since it
	// has one of its own, or, while installing, asks for it.
	everyCall, installing bool
	// passing: it runs where a filter lets calls pass unseen.
	passing bool
	// interrupted: PTRACE_INTERRUPT is on its way to it.
	interrupted bool
	// suspended is the number of the call that restart_syscall(2) would go on with,
	// or 0.
	suspended int64
	// seized: it has not stopped since it was.
	seized bool
	// held is a call that was broken off by that, or by a call of ours, and goes
	// on without a word; due is one whose exit is to be reported now.
	held, due *Syscall
	stepping  stepping
	// inVfork: it waits for its vfork's child and does not stop before that
	// one is gone.
	inVfork bool
	// exiting: a leader that has ended before its process's other threads.
	// It does not stop any more, and its end is told after theirs.
	exiting bool
	// tellsEnd: a leader that stops on its way out (PTRACE_O_TRACEEXIT).
	tellsEnd bool
	// former is the id that the thread had when it called exec, until that
	// is reported, if it was not its leader's.
	former int
	// leaving: it is to be let go as soon as it stops.
	leaving bool
	// outlasted: it has been seen outside any call that it was in when it was
	// seized.
	outlasted bool
	// affinity is what was changed by pinning.
	affinity *unix.CPUSet
}

// Regs returns the registers, read once for each stop. What is changed in them
// must be made known by Changed.
func (th *Thread) Regs() (*sysdeps.Regs, error) {
	if !th.known {
		if err := ptrace.GetRegs(th.TID, &th.regs); err != nil {
			return nil, fmt.Errorf("read registers: %w", err)
		}
		th.known, th.dirty = true, false
	}
	return &th.regs, nil
}

// Changed has the registers written back before the thread goes on.
func (th *Thread) Changed() { th.dirty = true }

// Vectors returns the x87 and vector registers, read once for each stop, where they
// are asked for.
func (th *Thread) Vectors() (*sysdeps.Vectors, error) {
	if th.vectorsKnown {
		return th.vectors, nil
	}
	if th.vectors == nil {
		th.vectors = new(sysdeps.Vectors)
	}
	if err := ptrace.GetVectors(th.TID, th.Process.Space.Arch, th.vectors); err != nil {
		return nil, fmt.Errorf("read vector registers: %w", err)
	}
	th.vectorsKnown = true
	return th.vectors, nil
}

// forget says that what was read of the thread's registers holds no longer.
func (th *Thread) forget() { th.known, th.dirty, th.vectorsKnown = false, false, false }

// ThreadPointer returns what the thread's own data are found by. It is asked of the
// thread at each stop, since a program may change it (arch_prctl(2)).
func (th *Thread) ThreadPointer() (sysdeps.Addr, error) {
	regs, err := th.Regs()
	if err != nil {
		return 0, err
	}
	if regs.Arch == sysdeps.I386 {
		return ptrace.GSBase(th.TID)
	}
	return sysdeps.Addr(regs.Get(sysdeps.FSBase)), nil
}

// Siginfo reads what goes with the signal that the thread has stopped for.
func (th *Thread) Siginfo() (info sysdeps.Siginfo, err error) {
	err = ptrace.GetSiginfo(th.TID, &info)
	return info, err
}

// place is where a thread stands: code and stack.
type place struct{ pc, sp sysdeps.Addr }

// maxAgain bounds Thread.again: handlers that are left by longjmp unseen would
// fill it.
const maxAgain = 64

// comesAgain notes that the thread will run into a breakpoint once more.
func (th *Thread) comesAgain(pc, sp sysdeps.Addr) {
	if len(th.again) == maxAgain {
		th.again = th.again[:copy(th.again, th.again[1:])]
	}
	th.again = append(th.again, place{pc, sp})
}

// cameAgain tells whether a hit has been reported before.
func (th *Thread) cameAgain(pc, sp sysdeps.Addr) bool {
	for i := len(th.again) - 1; i >= 0; i-- {
		if th.again[i] == (place{pc, sp}) {
			th.again = th.again[:i] // what is above was left
			return true
		}
	}
	return false
}

// Again returns the breakpoint that the thread stands at and will run into once
// more, although its hit has been reported, or nil. That hit is not reported,
// provided that the thread itself runs into it.
func (th *Thread) Again() *breakpoint.Breakpoint {
	if len(th.again) == 0 {
		return nil
	}
	regs, err := th.Regs()
	if err != nil || !slices.Contains(th.again, place{regs.PC(), regs.SP()}) {
		return nil
	}
	return th.Process.Space.Table.Find(regs.PC())
}

// ForgetAgain has the hit that Again told of reported, whoever comes to it.
func (th *Thread) ForgetAgain() {
	if regs, err := th.Regs(); err == nil {
		th.cameAgain(regs.PC(), regs.SP())
	}
}

// Jumped notes that the thread leaves where it is for an outer frame, by
// longjmp or the like: what it was to run into again below sp it will not.
func (th *Thread) Jumped(sp sysdeps.Addr) {
	th.again = slices.DeleteFunc(th.again, func(at place) bool { return at.sp < sp })
}
