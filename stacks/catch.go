package stacks

import (
	"errors"
	"syscall"

	"sonde/display"
	"sonde/filter"
	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Death is the end of a process by a signal.
type Death struct {
	// Process has one thread: the one that the signal was for. It has no frames where
	// the signal came without a stop, as SIGKILL does.
	Process
	Signal string `json:"signal"`
	// Siginfo is what came with it, in strace's form; "" where that is not known.
	Siginfo string `json:"siginfo,omitempty"`
	Dumped  bool   `json:"core_dumped"` // the kernel has written a core file
	// CoreFile is the core file that was written at the signal; "" for none.
	CoreFile string `json:"core_file,omitempty"`
	// Fault is about the address that the thread could not use; nil where the signal
	// is not about one.
	Fault *Fault `json:"fault,omitempty"`
	// Registers are the thread's, by their names in the machine's order.
	Registers []Register `json:"registers,omitempty"`
	// Code are instructions around the program counter, in ascending order; NoCode is why
	// there are none.
	Code   []Instruction `json:"code,omitempty"`
	NoCode string        `json:"no_code,omitempty"`
}

// Register is a register with its value.
type Register struct {
	Name  string `json:"name"`
	Value uint64 `json:"value"`
}

// CatchOptions are what is wanted of the ends of processes.
type CatchOptions struct {
	Options
	// Signals are those that count.
	Signals filter.Signals
	// Report is told of each process that a signal has ended.
	Report func(d *Death)
	// CoreFile, unless it is "", is the name before ".PID" of the core files that are
	// written of them.
	CoreFile string
}

// Catcher watches processes for the signals that end them.
type Catcher struct {
	watch
	o     CatchOptions
	taker *taker
	// taken are the last fatal signals that processes were to get.
	taken map[*proc.Process]fatal
}

type fatal struct {
	signal int
	death  *Death
}

// NewCatcher returns a Catcher of what tr traces.
func NewCatcher(tr *proc.Tracer, o CatchOptions) *Catcher {
	return &Catcher{watch: watch{tr: tr}, o: o, taker: newTaker(&o.Options), taken: make(map[*proc.Process]fatal)}
}

// Run follows what is traced until all of it has ended, and returns how the launched
// program has.
func (c *Catcher) Run() (proc.Exited, error) {
	for th, stop := range c.tr.Stops() {
		var err error
		switch stop := stop.(type) {
		case proc.Signal:
			err = c.signal(th, stop.Number)
		case proc.Execed:
			c.taker.forget(th.Process)
		case proc.Exited:
			if stop.Process {
				c.ended(th, stop)
			}
		}
		if e := c.handle(th, stop); err == nil {
			err = e
		}
		if err != nil && !errors.Is(err, sysdeps.ErrGone) {
			c.tr.Complain(err)
		}
	}
	return c.end, nil
}

// signal looks at a signal before it is delivered: whether it is one that ends the
// process. A handler may still change its mind about others, and what it raises then
// comes here again.
func (c *Catcher) signal(th *proc.Thread, sig int) error {
	if !endsProcess(syscall.Signal(sig)) || !c.o.Signals.Wants(sig) {
		return nil
	}
	st, err := proc.ReadStatus(th.TID)
	if err != nil {
		return err
	}
	if bit := uint64(1) << (sig - 1); (st.Caught|st.Ignored)&bit != 0 {
		return nil
	}
	d, err := c.take(th)
	if err != nil {
		return err
	}
	c.taken[th.Process] = fatal{sig, d}
	if c.o.CoreFile == "" {
		return nil
	}
	path, missing, err := c.writeCore(th, sig)
	if err == nil {
		d.CoreFile, err = path, missing
	}
	return err
}

// endsProcess tells what a signal does by default (signal(7)).
func endsProcess(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGCHLD, syscall.SIGURG, syscall.SIGWINCH, syscall.SIGCONT,
		syscall.SIGSTOP, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU:
		return false
	}
	return true
}

// take takes the stack of a thread that stands still, and what is around it.
func (c *Catcher) take(th *proc.Thread) (*Death, error) {
	at, err := c.taker.take(th)
	if err != nil {
		return nil, err
	}
	d := &Death{Process: at.process, Registers: registers(at.regs)}
	d.Code, d.NoCode = at.code()
	if info, err := th.Siginfo(); err == nil {
		d.Siginfo = display.Siginfo(&info)
		d.Fault = at.fault(&info)
	}
	return d, nil
}

// ended reports a process that a signal has ended.
func (c *Catcher) ended(th *proc.Thread, stop proc.Exited) {
	p := th.Process
	last := c.taken[p]
	delete(c.taken, p)
	c.taker.forget(p)
	if stop.Signal == 0 || !c.o.Signals.Wants(stop.Signal) {
		return
	}
	d := last.death
	if d == nil || last.signal != stop.Signal {
		d = &Death{Process: Process{PID: p.PID, Threads: []Thread{}}}
	}
	d.Signal, d.Dumped = sysdeps.SignalName(stop.Signal), stop.Core
	c.o.Report(d)
}

// watch is what watching processes consists of, whatever for.
type watch struct {
	tr       *proc.Tracer
	launched *proc.Process // until it ends
	end      proc.Exited   // and how it has
	relay    proc.Relay
}

// Attach takes in a process that is running.
func (w *watch) Attach(pid int) error {
	_, err := w.tr.Attach(pid, proc.ArchOf(pid))
	return err
}

// Launch starts the program.
func (w *watch) Launch(prog *ptrace.Program) (err error) {
	w.launched, err = w.tr.Launch(prog)
	return err
}

// handle does at a stop what the watched processes, and whoever sends signals to the
// watcher, do not notice otherwise.
func (w *watch) handle(th *proc.Thread, stop proc.Stop) error {
	switch stop := stop.(type) {
	case proc.Signal:
		if th.Process != w.launched {
			return nil
		}
		info, err := th.Siginfo()
		if err == nil {
			w.relay.Note(&info)
		}
		return err
	case proc.GroupStop:
		w.tr.StopAlong(th, stop)
	case proc.Exited:
		if stop.Process && th.Process == w.launched {
			w.end, w.launched = stop, nil
		}
	case proc.Interrupted:
		if w.launched == nil {
			return w.tr.DetachAll()
		}
		w.relay.Pass(&stop.Info, w.launched)
	}
	return nil
}
