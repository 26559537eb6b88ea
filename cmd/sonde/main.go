package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/regress"
	"sonde/sysdeps/ptrace"
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
