package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/proc"
	"sonde/regress"
	"sonde/sysdeps/ptrace"
	"sonde/trace"
)

// The main goroutine traces, and on the main thread: whoever finds a program
// traced and looks for TracerPid finds sonde.
func init() { runtime.LockOSThread() }

func main() {
	regress.Serve(ptrace.Direct{}, nil) // for sonde doctor
	if len(os.Args) > 1 && os.Args[1] == "doctor" {
		os.Exit(runDoctor(os.Args[2:]))
	}
	o, err := parseOptions(os.Args[1:], os.Getenv, terminalWidth)
	switch {
	case err != nil:
		complain(err)
		os.Exit(cli.ExitUsage)
	case o.Help:
		fmt.Print(helpText())
	case o.Version:
		fmt.Println(cli.Version("sonde"))
	default:
		os.Exit(run(o))
	}
}

// complaints is standard error. While there are tracees, a wait for who reads it is not
// to keep Sonde from letting them go.
var complaints io.Writer = cli.File(unix.Stderr)

// complain prints one line about what cannot be done.
func complain(err error) { cli.ComplainTo(complaints, "sonde", err) }

// debug prints one line about which way was chosen.
func debug(text string) { complain(errors.New("debug: " + text)) }

// debugStart tells where what a launched program inherits is known from.
func debugStart(prog *ptrace.Program) {
	switch {
	case prog == nil:
	case ptrace.KnowsEntry():
		debug("signals and limits are passed on as they were before the Go runtime started")
	default:
		debug("signals and limits are passed on as the Go runtime has left them: it was not built with -ldflags '-E sonde_entry'")
	}
}

// numbers lists processes.
func numbers(pids []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(pids), "[]"), " ", ", ")
}

// terminalWidth returns the columns of the terminal at standard error, or 0.
func terminalWidth() int {
	columns, _ := columnsOf(unix.Stderr)
	return columns
}

// run traces what the options say and returns the exit status.
func run(o *options) int {
	what, err := o.filters()
	if err != nil {
		complain(err)
		return cli.ExitUsage
	}
	if o.List {
		return list(o, &what)
	}
	if len(o.Prototypes) > 0 {
		return prototypes(o)
	}
	shown, err := o.shownSignals()
	if err != nil {
		complain(err)
		return cli.ExitUsage
	}
	prog, status, err := program(o)
	if err != nil {
		complain(err)
		return status
	}
	out, err := openOutput(parseDestination(o.Output), o.Separate)
	if err != nil {
		complain(err)
		return cli.ExitSetup
	}
	o.measureCost(what, shown)
	signals, err := cli.WatchSignals(prog != nil)
	if err == nil { // past the limit for files, a write is to fail (setrlimit(2))
		err = ptrace.IgnoreSignal(unix.SIGXFSZ)
	}
	if err != nil {
		complain(err)
		return cli.ExitSetup
	}
	start := time.Now()
	sink := newSink(o, out, shown, start)
	var result trace.Result
	if o.Debug {
		debugStart(prog)
	}
	err = proc.Run(func(tr *proc.Tracer) (err error) {
		tr.Follow = o.Follow
		if o.Pin {
			if err := tr.Pin(); err != nil {
				return err
			}
			if o.Debug {
				debug(fmt.Sprintf("tracer and program are pinned to CPU %d", tr.CPU))
			}
		}
		what.Strings, what.Elements, what.Whole, what.Start, what.Warn = o.Strings, o.Elements, o.Verbose, start, complain
		what.Prototypes, what.Detail = newShelf(o), o.Detail
		what.Frames, what.Lines = o.frames(), o.Stacks == sourceStacks
		if o.Debug {
			what.Debug = debug
		}
		what.Failed = out.fail
		s := trace.New(tr, what, sink)
		go cli.PassSignals(out.heed(signals), tr)
		for _, pid := range o.PIDs {
			if err := s.Attach(pid); err != nil {
				return cli.ExplainAttach(pid, err)
			}
		}
		if len(o.PIDs) > 0 && terminalWidth() > 0 {
			complain(fmt.Errorf("attached to %s", numbers(o.PIDs)))
		}
		if prog != nil {
			if err := s.Launch(prog); err != nil {
				return err
			}
		}
		result, err = s.Run()
		return err
	})
	traced := out.close(sink.Close())
	switch {
	case traced != nil: // Run's error is the same
		if prog == nil {
			return cli.ExitSetup
		}
	case err != nil:
		complain(cli.ExplainExec(err))
		var le *proc.LaunchError
		if errors.As(err, &le) && le.Signal != 0 {
			return cli.Leave(0, le.Signal)
		}
		return cli.LaunchStatus(err)
	}
	return cli.Leave(result.Status, result.Signal)
}
