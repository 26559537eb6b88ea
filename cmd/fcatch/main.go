package main

import (
	"io"
	"os"
	"runtime"

	"sonde/cli"
	"sonde/proc"
	"sonde/stacks"
)

// The main goroutine traces, on the main thread.
func init() { runtime.LockOSThread() }

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	o, err := parseOptions(args)
	if err != nil {
		return cli.Reply("fcatch", err)
	}
	return o.tracees.Trace("fcatch", o.output, func(tr *proc.Tracer, out io.Writer) cli.Session {
		o.Report = func(d *stacks.Death) {
			if err := report(d, o, out); err != nil {
				tr.Complain(err)
			}
		}
		tr.Follow = true
		return stacks.NewCatcher(tr, o.CatchOptions)
	})
}

// report writes how a process has ended.
func report(d *stacks.Death, o *options, out io.Writer) error {
	if o.json {
		return d.JSON(out)
	}
	return d.Text(out, o.text)
}
