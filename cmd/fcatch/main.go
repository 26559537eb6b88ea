package main

import (
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/proc"
	"sonde/stacks"
	"sonde/sysdeps/ptrace"
)

// The main goroutine traces, on the main thread.
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
		fmt.Println(cli.Version("fcatch"))
		return 0
	}
	var out io.Writer = cli.File(unix.Stderr)
	if o.output != "" {
		f, err := os.Create(o.output)
		if err != nil {
			complain(err)
			return cli.ExitSetup
		}
		defer f.Close()
		out = f
	}
	return watch(o, out)
}

func complain(err error) { cli.Complain("fcatch", err) }

// watch follows the command or the processes to their ends, and returns the exit status.
func watch(o *options, out io.Writer) int {
	prog, err := program(o)
	if err != nil {
		complain(err)
		return cli.FindStatus(err)
	}
	signals, err := cli.WatchSignals(prog != nil)
	if err != nil {
		complain(err)
		return cli.ExitSetup
	}
	c := stacks.Catcher{Options: o.Options, Report: func(d *stacks.Death) {
		if err := report(d, o, out); err != nil {
			complain(err)
		}
	}}
	var end stacks.End
	err = proc.Run(func(tr *proc.Tracer) error {
		tr.Follow = true
		go cli.PassSignals(signals, tr)
		launched, err := begin(tr, o, prog)
		if err != nil {
			return err
		}
		end, err = c.Run(tr, launched)
		return err
	})
	if err != nil {
		complain(cli.ExplainExec(err))
		return cli.LaunchStatus(err)
	}
	return cli.Leave(end.Status, end.Signal)
}

// report writes how a process has ended.
func report(d *stacks.Death, o *options, out io.Writer) error {
	if o.json {
		return d.JSON(out)
	}
	return d.Text(out, stacks.TextOptions{})
}

// begin launches the command, or attaches to the processes.
func begin(tr *proc.Tracer, o *options, prog *ptrace.Program) (*proc.Process, error) {
	for _, pid := range o.pids {
		if _, err := tr.Attach(pid, proc.ArchOf(pid)); err != nil {
			return nil, cli.ExplainAttach(pid, err)
		}
	}
	if prog == nil {
		return nil, nil
	}
	return tr.Launch(prog)
}

// program makes of the command what is to be launched; nil if there is none.
func program(o *options) (*ptrace.Program, error) {
	if len(o.command) == 0 {
		return nil, nil
	}
	path, err := cli.FindProgram(o.command[0], os.Getenv("PATH"))
	if err != nil {
		return nil, err
	}
	return &ptrace.Program{Path: path, Args: o.command, Env: os.Environ(), In: ptrace.Inherit()}, nil
}
