package main

import (
	"bufio"
	"fmt"
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
	out, err := cli.Output(o.output)
	if err != nil {
		complain(err)
		return cli.ExitSetup
	}
	defer out.Close()
	s := &session{flush: func() error { return nil }}
	// On standard error a line is where the program's own output finds it.
	if o.Out = out; o.output != "" {
		w := bufio.NewWriter(out)
		o.Out, s.flush = w, w.Flush
	}
	return o.tracees.Trace(complain, func(tr *proc.Tracer) cli.Session {
		tr.Follow = o.follow
		s.Session = step.New(tr, o.Options)
		return s
	})
}

func complain(err error) { cli.Complain("fstep", err) }

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
