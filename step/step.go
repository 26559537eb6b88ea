package step

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Options say what is stepped, and shown.
type Options struct {
	// FromStart steps a program from its first instruction on, the dynamic linker's,
	// and not from its entry point on.
	FromStart bool
	// Every is after how many steps of a thread there is a sample; with 0 there is
	// none. The first is at the thread's first instruction.
	Every int
	// Instructions is how many are shown of a sample: the one that the thread is
	// about to run, and those that follow it in memory.
	Instructions int
	// Out takes the samples.
	Out io.Writer
}

// Thread is what a thread has done.
type Thread struct {
	TID   int
	Steps uint64
	// End is how it ended, if Ended.
	End   proc.Exited
	Ended bool
}

// Session steps the tracees of a tracer.
type Session struct {
	tr      *proc.Tracer
	opt     Options
	threads []*Thread
	program *proc.Process // that was launched, until it ends
	relay   proc.Relay
	lister  lister
	failure error
}

// New returns a session that is to be given programs or processes.
func New(tr *proc.Tracer, o Options) *Session {
	return &Session{tr: tr, opt: o, lister: newLister(o.Out)}
}

// Launch starts a program.
func (s *Session) Launch(prog *ptrace.Program) (err error) {
	s.program, err = s.tr.Launch(prog)
	return err
}

// Attach takes a running process, which is stepped from where it is on.
func (s *Session) Attach(pid int) error {
	ps, err := s.tr.Attach(pid, proc.ArchOf(pid))
	if err != nil {
		return err
	}
	return s.tr.Step(ps...)
}

// Run steps until nothing is left to be stepped, and returns how the launched program
// ended. The error is that of writing, after which it runs on freely.
func (s *Session) Run() (end proc.Exited, err error) {
	for th, stop := range s.tr.Stops() {
		var err error
		switch stop := stop.(type) {
		case proc.Execed:
			err = s.execed(th)
		case proc.Hit:
			err = s.begin(th)
		case proc.Stepped:
			t := s.thread(th)
			t.Steps++
			err = s.show(th, t)
		case proc.Signal:
			err = s.signal(th)
		case proc.GroupStop:
			s.tr.StopAlong(th, stop)
		case proc.Exited:
			if th.Process == s.program && stop.Process {
				end, s.program = stop, nil
			}
			if t, ok := th.Data.(*Thread); ok {
				t.End, t.Ended = stop, true
			}
			if stop.Process {
				delete(s.lister.of, th.Process.Space)
			}
		case proc.Interrupted:
			s.interrupted(&stop.Info)
		}
		if err != nil && !errors.Is(err, sysdeps.ErrGone) {
			s.fail(err)
		}
	}
	return end, s.failure
}

// Threads returns what each thread has done that has run an instruction, by their ids.
func (s *Session) Threads() []*Thread {
	slices.SortStableFunc(s.threads, func(a, b *Thread) int { return cmp.Compare(a.TID, b.TID) })
	return s.threads
}

func (s *Session) thread(th *proc.Thread) *Thread {
	t, ok := th.Data.(*Thread)
	if !ok {
		t = &Thread{TID: th.TID}
		th.Data = t
		s.threads = append(s.threads, t)
	}
	return t
}

// execed has a new program run to its entry point, or steps it at once.
func (s *Session) execed(th *proc.Thread) error {
	if t, ok := th.Data.(*Thread); ok {
		t.TID = th.TID // its leader's, from now on
	}
	p := th.Process
	entry := sysdeps.Addr(0)
	var err error
	if !s.opt.FromStart {
		if entry, err = p.EntryPoint(); err != nil {
			return err
		}
	}
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	if s.opt.FromStart || regs.PC() == entry { // a static program's
		return s.begin(th)
	}
	p.DontStep()
	b, err := p.Space.Table.Insert(p.Space, entry, nil)
	if err == nil {
		b.OneShot = true
	}
	return err
}

// begin steps a process from where one of its threads is on.
func (s *Session) begin(th *proc.Thread) error {
	if err := s.show(th, s.thread(th)); err != nil {
		return err
	}
	return s.tr.Step(th.Process)
}

// show writes the sample, if there is one to be, of a thread that has run so many
// instructions.
func (s *Session) show(th *proc.Thread, t *Thread) error {
	if s.opt.Every == 0 || t.Steps%uint64(s.opt.Every) != 0 || s.failure != nil {
		return nil
	}
	return s.lister.show(th, s.opt.Instructions)
}

// signal takes note of a signal that the launched program gets.
func (s *Session) signal(th *proc.Thread) error {
	if th.Process != s.program {
		return nil
	}
	info, err := th.Siginfo()
	if err == nil {
		s.relay.Note(&info)
	}
	return err
}

// fail ends the stepping.
func (s *Session) fail(err error) {
	if s.failure == nil {
		s.failure = errors.Join(err, s.tr.DetachAll())
	}
}

// interrupted deals with a signal that was sent to the stepper. The launched program
// gets it, too; what was attached to is let go.
func (s *Session) interrupted(info *sysdeps.Siginfo) {
	if s.program == nil {
		s.failure = errors.Join(s.failure, s.tr.DetachAll())
		return
	}
	s.relay.Pass(info, s.program)
}

// String words how a thread ended.
func (t *Thread) String() string {
	switch e := &t.End; {
	case !t.Ended:
		return "let go"
	case e.Signal != 0:
		return "Terminated by signal: " + sysdeps.SignalName(e.Signal)
	default:
		return fmt.Sprintf("Exited: %d", e.Status)
	}
}
