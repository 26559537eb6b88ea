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
		return cli.Reply("ferror", err)
	}
	out, err := cli.Output(o.output)
	if err != nil {
		complain(err)
		return cli.ExitSetup
	}
	defer out.Close()
	// On standard error a line of the program's own may not be at its end.
	parted := o.output == ""
	o.Report = func(w *stacks.Write) {
		if err := report(w, o, out, parted); err != nil {
			complain(err)
		}
		parted = true
	}
	return o.tracees.Trace(complain, func(tr *proc.Tracer) cli.Session {
		tr.Follow = true
		return stacks.NewWrites(tr, o.WriteOptions)
	})
}

func complain(err error) { cli.Complain("ferror", err) }

// report tells of text that matches, parted by an empty line from what went before.
func report(w *stacks.Write, o *options, out io.Writer, parted bool) error {
	if o.json {
		return w.JSON(out)
	}
	if parted {
		if _, err := io.WriteString(out, "\n"); err != nil {
			return err
		}
	}
	return w.Text(out, o.text)
}
