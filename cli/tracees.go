package cli

import (
	"errors"
	"fmt"
	"io"
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

// SetOperands takes what stands behind the options of a tool: process ids, or a command
// with its arguments. A command whose name is a number has a slash before it. The options
// have been read: where they name no process, there must be an operand.
func (t *Tracees) SetOperands(tool string, args []string) error {
	if len(args) == 0 && len(t.PIDs) == 0 {
		return fmt.Errorf("nothing to trace: a command or a process id is needed (see %s --help)", tool)
	}
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
// this process too. out is the file of the option -o, as Output makes it; what cannot be
// done is told by complaints of the tool.
func (t *Tracees) Trace(tool, file string, begin func(tr *proc.Tracer, out io.Writer) Session) (status int) {
	complain := func(err error) { Complain(tool, err) }
	out, err := Output(file)
	if err != nil {
		complain(err)
		return ExitSetup
	}
	defer out.Close()
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
		s := begin(tr, out)
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
