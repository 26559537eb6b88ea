package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/proc"
	"sonde/step"
	"sonde/sysdeps/ptrace"
)

// The main goroutine traces, and on the main thread: whoever finds a program
// traced and looks for TracerPid finds fstep.
func init() { runtime.LockOSThread() }

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	o, err := parseOptions(args)
	switch {
	case err != nil:
		complain(err)
		return cli.ExitUsage
	case o.help:
		fmt.Print(helpText)
		return 0
	case o.version:
		fmt.Println(cli.Version("fstep"))
		return 0
	}
	var prog *ptrace.Program
	if len(o.command) > 0 {
		path, err := cli.FindProgram(o.command[0], os.Getenv("PATH"))
		if err != nil {
			complain(err)
			return cli.FindStatus(err)
		}
		prog = &ptrace.Program{Path: path, Args: o.command, Env: os.Environ(), In: ptrace.Inherit()}
	}
	var out io.WriteCloser
	if o.output != "" {
		if out, err = os.OpenFile(o.output, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666); err != nil {
			complain(fmt.Errorf("-o: %w", err))
			return cli.ExitSetup
		}
		defer out.Close()
	}
	return stepThrough(prog, o, out)
}

// stepThrough steps what the options say and returns the exit status. Lines go to
// out, or standard error if that is nil.
func stepThrough(prog *ptrace.Program, o *options, out io.Writer) int {
	signals, err := cli.WatchSignals(prog != nil)
	if err != nil {
		complain(err)
		return cli.ExitSetup
	}
	// On standard error a line is where the program's own output finds it.
	flush := func() error { return nil }
	if o.Out = cli.File(unix.Stderr); out != nil {
		w := bufio.NewWriter(out)
		o.Out, flush = w, w.Flush
	}
	var end proc.Exited
	var threads []*step.Thread
	err = proc.Run(func(tr *proc.Tracer) (err error) {
		tr.Follow, tr.Complain = o.follow, complain
		s := step.New(tr, o.Options)
		go cli.PassSignals(signals, tr)
		for _, pid := range o.pids {
			if err := s.Attach(pid); err != nil {
				return cli.ExplainAttach(pid, err)
			}
		}
		if prog != nil {
			if err := s.Launch(prog); err != nil {
				return err
			}
		}
		end, err = s.Run()
		threads = s.Threads()
		return err
	})
	if e := flush(); err == nil {
		err = e
	}
	for _, t := range threads {
		fmt.Fprintf(cli.File(unix.Stderr), "Total steps [%d]: %d\n[%d] %s\n", t.TID, t.Steps, t.TID, t)
	}
	if err == nil {
		return cli.Leave(end.Status, end.Signal)
	}
	complain(cli.ExplainExec(err))
	var le *proc.LaunchError
	switch {
	case errors.As(err, &le) && le.Signal != 0:
		return cli.Leave(0, le.Signal)
	case le != nil || prog == nil || threads == nil:
		return cli.LaunchStatus(err)
	}
	return cli.Leave(end.Status, end.Signal)
}

func complain(err error) { cli.Complain("fstep", err) }
