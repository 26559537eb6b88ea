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
	out, err := cli.Output(o.output)
	if err != nil {
		complain(err)
		return cli.ExitSetup
	}
	defer out.Close()
	o.Report = func(d *stacks.Death) {
		if err := report(d, o, out); err != nil {
			complain(err)
		}
	}
	return o.tracees.Trace(complain, func(tr *proc.Tracer) cli.Session {
		tr.Follow = true
		return stacks.NewCatcher(tr, o.CatchOptions)
	})
}

func complain(err error) { cli.Complain("fcatch", err) }

// report writes how a process has ended.
func report(d *stacks.Death, o *options, out io.Writer) error {
	if o.json {
		return d.JSON(out)
	}
	return d.Text(out, o.text)
}
