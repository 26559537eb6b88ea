package main

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/event"
	"sonde/filter"
	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
	"sonde/trace"
)

// run does what the options say and returns the exit status.
func run(o *options) int {
	what, err := o.filters()
	if err != nil {
		complain(err)
		return cli.ExitUsage
	}
	if o.List {
		return list(o, &what)
	}
	if len(o.Prototypes) > 0 {
		return prototypes(o)
	}
	shown, err := o.shownSignals()
	if err != nil {
		complain(err)
		return cli.ExitUsage
	}
	prog, status, err := program(o)
	if err != nil {
		complain(err)
		return status
	}
	w, err := newWork(o, what, shown, prog)
	if err != nil {
		complain(err)
		return cli.ExitSetup
	}
	return w.trace()
}

// work is what is traced, and where it is told.
type work struct {
	o       *options
	what    trace.Options
	prog    *ptrace.Program // nil where nothing is launched
	out     *output
	sink    event.Sink
	signals <-chan sysdeps.Siginfo
}

// newWork opens what the trace is written to, and takes over the signals that would end
// Sonde.
func newWork(o *options, what trace.Options, shown *filter.Signals, prog *ptrace.Program) (*work, error) {
	out, err := openOutput(parseDestination(o.Output), o.Separate)
	if err != nil {
		return nil, err
	}
	o.measureCost(what, shown)
	signals, err := cli.WatchSignals(prog != nil)
	if err == nil { // past the limit for files, a write is to fail (setrlimit(2))
		err = ptrace.IgnoreSignal(unix.SIGXFSZ)
	}
	if err != nil {
		return nil, err
	}
	start := time.Now()
	what.Start = start
	return &work{o: o, what: what, prog: prog, out: out, sink: newSink(o, out, shown, start), signals: signals}, nil
}

// trace traces until nothing is left to trace, and returns the exit status.
func (w *work) trace() int {
	var result trace.Result
	if w.o.Debug {
		debugStart(w.prog)
	}
	err := proc.Run(func(tr *proc.Tracer) error {
		s, err := w.session(tr)
		if err != nil {
			return err
		}
		if err := w.begin(s); err != nil {
			return err
		}
		result, err = s.Run()
		return err
	})
	return w.end(result, err)
}

// session makes what handles the tracees of tr.
func (w *work) session(tr *proc.Tracer) (*trace.Session, error) {
	o, what := w.o, w.what
	tr.Follow = o.Follow
	if o.Pin {
		if err := tr.Pin(); err != nil {
			return nil, err
		}
		if o.Debug {
			debug(fmt.Sprintf("tracer and program are pinned to CPU %d", tr.CPU))
		}
	}
	what.Strings, what.Elements, what.Whole, what.Warn = o.Strings, o.Elements, o.Verbose, complain
	what.Prototypes, what.Detail = newShelf(o), o.Detail
	what.Frames, what.Lines = o.frames(), o.Stacks == sourceStacks
	if o.Debug {
		what.Debug = debug
	}
	what.Failed = w.out.fail
	s := trace.New(tr, what, w.sink)
	go cli.PassSignals(w.out.heed(w.signals), tr)
	return s, nil
}

// begin attaches to what is to be attached to, and launches what is to be launched.
func (w *work) begin(s *trace.Session) error {
	for _, pid := range w.o.PIDs {
		if err := s.Attach(pid); err != nil {
			return cli.ExplainAttach(pid, err)
		}
	}
	if len(w.o.PIDs) > 0 && terminalWidth() > 0 {
		complain(fmt.Errorf("attached to %s", numbers(w.o.PIDs)))
	}
	if w.prog == nil {
		return nil
	}
	return s.Launch(w.prog)
}

// end completes the output and returns the exit status; where a signal has ended the
// program, it ends Sonde too. err is what ended the trace.
func (w *work) end(result trace.Result, err error) int {
	traced := w.out.close(w.sink.Close())
	switch {
	case traced != nil: // Run's error is the same
		if w.prog == nil {
			return cli.ExitSetup
		}
	case err != nil:
		complain(cli.ExplainExec(err))
		var le *proc.LaunchError
		if errors.As(err, &le) && le.Signal != 0 {
			return cli.Leave(0, le.Signal)
		}
		return cli.LaunchStatus(err)
	}
	return cli.Leave(result.Status, result.Signal)
}
