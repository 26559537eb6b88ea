package cli

import (
	"errors"
	"os"
	"strconv"

	"sonde/proc"
	"sonde/sysdeps/ptrace"
)

// Tracees are what a program traces: a command that it runs, processes that it attaches
// to, or both.
type Tracees struct {
	PIDs    PIDs
	Command []string
}

// SetOperands takes what stands behind the options: process ids, or a command with its
// arguments. A command whose name is a number has a slash before it.
func (t *Tracees) SetOperands(args []string) error {
	for _, arg := range args {
		if _, err := strconv.ParseUint(arg, 10, 64); err != nil {
			t.Command = args
			return nil
		}
	}
	for _, arg := range args {
		if err := t.PIDs.Set(arg); err != nil {
			return errors.New(arg + ": as a process id it is " + err.Error())
		}
	}
	return nil
}

// Session is what is done with tracees at their stops.
type Session interface {
	// Attach takes in a process that is running.
	Attach(pid int) error
	// Launch starts the program.
	Launch(prog *ptrace.Program) error
	// Run goes on until nothing is left to trace. It returns how the program ended:
	// the zero value if there is none, or its end has not been seen.
	Run() (proc.Exited, error)
}

// Trace traces them with the session that begin makes, until nothing is left to trace. It
// returns the exit status, which is the program's; if a signal has ended that, it ends
// this process too. complain is told what cannot be done.
func (t *Tracees) Trace(complain func(error), begin func(tr *proc.Tracer) Session) (status int) {
	prog, err := t.program()
	if err != nil {
		complain(err)
		return FindStatus(err)
	}
	signals, err := WatchSignals(prog != nil)
	if err != nil {
		complain(err)
		return ExitSetup
	}
	var end proc.Exited
	err = proc.Run(func(tr *proc.Tracer) (err error) {
		tr.Complain = complain
		s := begin(tr)
		go PassSignals(signals, tr)
		for _, pid := range t.PIDs {
			if err := s.Attach(pid); err != nil {
				return ExplainAttach(pid, err)
			}
		}
		if prog != nil {
			if err := s.Launch(prog); err != nil {
				return err
			}
		}
		end, err = s.Run()
		return err
	})
	if err != nil {
		complain(ExplainExec(err))
	}
	var failed *proc.LaunchError
	switch {
	case errors.As(err, &failed) && failed.Signal != 0:
		return Leave(0, failed.Signal)
	case err != nil && !end.Process:
		return LaunchStatus(err)
	}
	return Leave(end.Status, end.Signal)
}

// program makes of the command what is to be launched; nil if there is none.
func (t *Tracees) program() (*ptrace.Program, error) {
	if len(t.Command) == 0 {
		return nil, nil
	}
	path, err := FindProgram(t.Command[0], os.Getenv("PATH"))
	if err != nil {
		return nil, err
	}
	return &ptrace.Program{Path: path, Args: t.Command, Env: os.Environ(), In: ptrace.Inherit()}, nil
}
