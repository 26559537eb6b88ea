package trace

import (
	"errors"
	"fmt"
	"time"

	"sonde/callstack"
	"sonde/capture"
	"sonde/descriptor"
	"sonde/elfsym"
	"sonde/event"
	"sonde/filter"
	"sonde/proc"
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Options are what a Session is to do.
type Options struct {
	// Which calls to trace: those that a module of Calls makes, and those
	// into a module of Libraries; and which functions of Entries to trace
	// where they begin, whoever calls them. nil is none.
	Calls, Entries, Libraries *filter.Filter

	// Syscalls are the system calls to trace; nil is none.
	Syscalls *filter.Syscalls
	// Of these, Descriptors and Paths choose those that use one of these files, by a
	// descriptor or as a path in an argument; where both are nil that does not matter.
	Descriptors *filter.Descriptors
	Paths       []string
	// Status has the ways in which calls end that are told of, those of functions and
	// of the system, at the end; nil is all, each told of when it begins.
	Status *filter.Status
	// Seccomp has the kernel stop a launched program at the system calls alone that
	// are chosen, where some are left out. The program and its children run under a
	// filter then (ptrace.Program.Filter), and are traced until they end.
	Seccomp bool

	// Prototypes say what functions take and give.
	Prototypes *prototype.Shelf

	Strings  int       // the most bytes of a string to capture
	Whole    bool      // of system calls' arrays all elements are captured
	Elements int       // the most elements of an array, and levels of one type of struct
	Start    time.Time // the time 0 of the events

	// Frames is how many frames of a stack are told at most; 0: there are no stacks.
	// Lines has their places in the source told, too.
	Frames int
	Lines  bool

	// Detail is how much is told of what file descriptors lead to.
	Detail descriptor.Detail

	// Warn takes one-line remarks about what cannot be traced, and why.
	Warn func(error)
	// Failed takes the sink's error, once, when that has ended the trace.
	Failed func(error)
	// Debug, if it is not nil, takes those about which way was chosen where there are
	// several.
	Debug func(string)
}

// wantsFunctions tells whether calls of any functions are to be traced.
func (o *Options) wantsFunctions() bool {
	return o.Calls != nil || o.Entries != nil || o.Libraries != nil
}

// wants tells whether anything in a module can be wanted.
func (o *Options) wants(m *filter.Module) bool {
	return o.Calls.Wants(m) || o.Entries.Wants(m) || o.Libraries != nil
}

// Result is how the launched program ended.
type Result struct {
	Status int // its exit status, when Signal is 0
	Signal int // the signal that killed it
}

// Session traces what its Tracer has launched or attached to.
type Session struct {
	tr    *proc.Tracer
	opt   Options
	sink  event.Sink
	wants event.Fields

	files    elfsym.Cache
	now      time.Duration // the time of the stop that is being handled
	lastID   uint64
	reader   *capture.Reader
	debug    debugData
	result   Result
	relay    proc.Relay
	muted    bool  // the tracees have been let go
	failure  error // why
	warned   map[string]bool
	syscalls map[syscallKey]*kernelCall
	launched *proc.Process // until it ends
	begun    bool          // the launched program runs
	filtered bool          // and under a filter of ours

	// What every call needs, reused: its events, and who it is captured of.
	call        event.Call
	ret         event.Return
	thread      capture.Thread
	syscallRegs sysdeps.Regs
	meaning     proc.Syscall // of a call that is to be understood otherwise than its registers say
	informed    informant
	walker      stackWalker
	comms       comms
}

// process is what a Session keeps of a proc.Process.
type process struct {
	stacks     *callstack.Stacks
	landings   map[int]landing             // by thread
	goroutines map[sysdeps.Addr]*goroutine // by the address of the struct g
	syscalls   map[int]*inSyscall          // by thread
	plain      descriptor.Plain            // those of the process, as far as they have been looked at
}

// New returns a session for the tracees of tr.
func New(tr *proc.Tracer, opt Options, sink event.Sink) *Session {
	s := &Session{tr: tr, opt: opt, sink: sink, wants: sink.Wants(), warned: make(map[string]bool), debug: make(debugData)}
	s.informed.s = s
	s.informed.descriptors.Detail = opt.Detail
	s.reader = capture.NewReader(capture.Limits{Strings: opt.Strings, Elements: opt.Elements, Whole: opt.Whole})
	s.opt.Debug = distinct(opt.Debug)
	s.walker.init(&s.opt)
	tr.Complain, tr.Debug = s.warn, s.opt.Debug
	tr.Syscalls = opt.Syscalls != nil
	tr.Launching = s.launching
	return s
}

// Run handles every stop until no tracee is left, and returns how the launched
// program ended. The error is what ended the trace early, from the sink.
func (s *Session) Run() (Result, error) {
	for th, stop := range s.tr.Stops() {
		s.now = time.Since(s.opt.Start)
		if err := s.handle(th, stop); err != nil && !errors.Is(err, sysdeps.ErrGone) {
			s.warn(err)
		}
		if s.failure != nil && !s.muted {
			s.letGo(func(*proc.Process) bool { return true })
			s.muted = true
			if s.opt.Failed != nil {
				s.opt.Failed(s.failure)
			}
		}
	}
	s.walker.names.close()
	return s.result, s.failure
}

func (s *Session) handle(th *proc.Thread, stop proc.Stop) error {
	switch stop := stop.(type) {
	case proc.Hit:
		return s.hit(th, stop.Breakpoint)
	case proc.Spawned:
		s.spawned(th, stop.Child)
	case proc.Execed:
		return s.execed(th, stop)
	case proc.SyscallEnter:
		return s.syscallEntered(th, stop.Syscall)
	case proc.SyscallExit:
		return s.syscallExited(th, stop.Syscall)
	case proc.Signal:
		if err := s.comesAgain(th, stop.Number); err != nil {
			return err
		}
		return s.signal(th, stop.Number)
	case proc.GroupStop:
		s.groupStop(th, stop)
	case proc.Exited:
		s.exited(th, stop)
	case proc.Interrupted:
		s.interrupted(&stop.Info)
	}
	return nil
}

func (s *Session) head(th *proc.Thread) event.Head {
	return event.Head{Time: s.now, PID: th.Process.PID, TID: th.TID}
}

// emit hands an event to the sink. The first error ends the trace.
func (s *Session) emit(ev event.Event) {
	if s.muted || s.failure != nil {
		return
	}
	if s.wants&event.Comms != 0 {
		s.comms.tell(ev)
	}
	s.failure = s.sink.Emit(ev)
}

// maxWarnings is how many different remarks are made before they would hide what
// they are about.
const maxWarnings = 100

// warn tells of what is not traced, each thing once.
func (s *Session) warn(err error) {
	if text := err.Error(); !s.warned[text] && s.opt.Warn != nil && len(s.warned) < maxWarnings {
		s.warned[text] = true
		s.opt.Warn(err)
		s.emit(&event.Warning{Head: event.Head{Time: s.now}, Text: text})
	}
}

func (s *Session) spawned(th, child *proc.Thread) {
	if child.Process.Data == nil {
		parent := processOf(th)
		child.Process.Data = &process{stacks: parent.stacks.Clone(th.TID)}
		shareRecords(parent.stacks, th.TID)
	}
	s.debugSpawn(th, child)
	s.emit(&event.Spawn{Head: s.head(th), ChildPID: child.Process.PID, ChildTID: child.TID})
}

func (s *Session) execed(th *proc.Thread, stop proc.Execed) error {
	p := processOf(th)
	s.execEnds(th, stop.FormerTID)
	p.stacks, p.landings, p.goroutines = &callstack.Stacks{}, nil, nil
	p.plain.Clear()
	s.walker.names.forget(th.Process)
	s.comms.forget(th.Process.PID)
	if s.launched == th.Process && !s.begun {
		s.begun = true // what the user sees begins here
	} else {
		s.emit(&event.Exec{Head: s.head(th), FormerTID: stop.FormerTID, Path: exePath(th.TID)})
	}
	s.checkPrivileges(th.TID)
	return s.begin(th.Process, false)
}

func (s *Session) exited(th *proc.Thread, stop proc.Exited) {
	p, ok := th.Process.Data.(*process)
	if ok {
		ending := th.TID
		if stop.Process {
			ending = 0
		}
		s.callsEnd(p, th.Process.PID, ending, filter.Unfinished)
		s.ends(p.syscalls[th.TID], filter.Unfinished, 0)
	}
	if ok && !stop.Process {
		p.stacks.EndThread(th.TID)
		delete(p.landings, th.TID)
		delete(p.syscalls, th.TID)
	}
	if stop.Process && th.Process.Launched {
		s.result = Result{Status: stop.Status, Signal: stop.Signal}
		s.launched = nil
	}
	if stop.Process {
		s.walker.names.forget(th.Process)
	}
	s.emit(&event.Exit{
		Head: s.head(th), Status: stop.Status, Signal: stop.Signal,
		Core: stop.Core, Process: stop.Process,
	})
}

func processOf(th *proc.Thread) *process {
	p, ok := th.Process.Data.(*process)
	if !ok { // adopted: its parent died while it was reporting it
		p = &process{stacks: &callstack.Stacks{}}
		th.Process.Data = p
	}
	return p
}

// letGo detaches from processes; what they were called is told, but for those
// that the sink's failure ends.
func (s *Session) letGo(which func(*proc.Process) bool) {
	gone, err := s.tr.Detach(which)
	if err != nil {
		s.warn(fmt.Errorf("detach: %w", err))
	}
	for _, p := range gone {
		if of, ok := p.Data.(*process); ok {
			s.callsEnd(of, p.PID, 0, filter.Detached)
			s.releaseSyscalls(of)
		}
		s.debugf("process %d is let go", p.PID)
		s.emit(&event.Detached{Head: event.Head{Time: s.now, PID: p.PID, TID: p.PID}})
	}
}

// Launch starts a program and makes the session begin at its exec.
func (s *Session) Launch(prog *ptrace.Program) error {
	if s.opt.Syscalls != nil {
		own := *prog
		own.Filter = s.filter()
		s.filtered = len(own.Filter) > 0
		prog = &own
	}
	p, err := s.tr.Launch(prog)
	if err != nil {
		return err
	}
	s.launched = p
	if p.Data == nil { // its execve has been told of
		p.Data = &process{stacks: &callstack.Stacks{}}
	}
	return nil
}

// Attach makes the session take in a process that is running, with what else
// runs in its memory. That it is attached to is told when all calls that begin from
// then on are.
func (s *Session) Attach(pid int) error {
	s.readAhead(pid)
	ps, err := s.tr.Attach(pid, proc.ArchOf(pid))
	if err != nil || len(ps) == 0 {
		return err
	}
	for _, p := range ps {
		p.Data = &process{stacks: &callstack.Stacks{}}
		s.debugf("process %d is attached to, with %d threads", p.PID, p.Threads())
	}
	s.now = time.Since(s.opt.Start)
	err = s.begin(ps[0], true)
	s.now = time.Since(s.opt.Start)
	for _, p := range ps {
		s.emit(&event.Attached{Head: event.Head{Time: s.now, PID: p.PID, TID: p.PID}, Threads: p.Threads()})
	}
	if errors.Is(err, sysdeps.ErrGone) && ps[0].Threads() > 0 {
		return nil // it is in an exec, after which it begins anew
	}
	return err
}
