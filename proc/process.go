package proc

import (
	"maps"
	"slices"
)

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
	// several: it has had more than one thread at a time.
	several bool
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
