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
	// On standard error a line of the program's own may not be at its end.
	parted := o.output == ""
	return o.tracees.Trace("ferror", o.output, func(tr *proc.Tracer, out io.Writer) cli.Session {
		o.Report = func(w *stacks.Write) {
			if err := report(w, o, out, parted); err != nil {
				tr.Complain(err)
			}
			parted = true
		}
		tr.Follow = true
		return stacks.NewWrites(tr, o.WriteOptions)
	})
}

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
