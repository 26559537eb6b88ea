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

// Exit statuses.
const (
	exitFailed = 1 // of one target at least
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	o, err := parseOptions(args)
	switch {
	case err != nil:
		complain(err)
		return exitUsage
	case o.help:
		fmt.Print(helpText)
		return 0
	case o.version:
		fmt.Println(cli.Version("fcore"))
		return 0
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
