package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"sonde/cli"
	"sonde/proc"
	"sonde/sysdeps"
)

// exitFailed is the exit status when a target has failed.
const exitFailed = 1

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	o, err := parseOptions(args)
	if err != nil {
		return cli.Reply("fcore", err)
	}
	if o.snapshot {
		if o.shelter, err = newShelter(); err != nil {
			complain(err)
			return exitFailed
		}
	}
	status := 0
	for _, target := range o.targets {
		var err error
		if pid, e := strconv.Atoi(target); e == nil {
			err = dump(pid, o)
		} else {
			err = check(target)
		}
		if err != nil {
			complain(err)
			status = exitFailed
		}
	}
	return status
}

func complain(err error) { cli.Complain("fcore", err) }

// refused words an error of holding a process.
func refused(pid int, err error) error {
	if errors.Is(err, sysdeps.ErrGone) && !errors.Is(err, proc.ErrNoProcess) {
		return fmt.Errorf("process %d has ended before its core file was written", pid)
	}
	var path *os.PathError
	if errors.As(err, &path) && !errors.Is(err, os.ErrPermission) {
		return err
	}
	return cli.ExplainAttach(pid, err)
}
