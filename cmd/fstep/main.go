package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/proc"
	"sonde/step"
)

// The main goroutine traces, and on the main thread: whoever finds a program
// traced and looks for TracerPid finds fstep.
func init() { runtime.LockOSThread() }

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	o, err := parseOptions(args)
	if err != nil {
		return cli.Reply("fstep", err)
	}
	return o.tracees.Trace("fstep", o.output, func(tr *proc.Tracer, out io.Writer) cli.Session {
		flush := func() error { return nil }
		// On standard error a line is where the program's own output finds it.
		if o.Out = out; o.output != "" {
			w := bufio.NewWriter(out)
			o.Out, flush = w, w.Flush
		}
		tr.Follow = o.follow
		return &session{step.New(tr, o.Options), flush}
	})
}

// session tells at its end what each thread has done.
type session struct {
	*step.Session
	flush func() error
}

// Run implements cli.Session.
func (s *session) Run() (proc.Exited, error) {
	end, err := s.Session.Run()
	if e := s.flush(); err == nil {
		err = e
	}
	for _, t := range s.Threads() {
		fmt.Fprintf(cli.File(unix.Stderr), "Total steps [%d]: %d\n[%d] %s\n", t.TID, t.Steps, t.TID, t)
	}
	return end, err
}
