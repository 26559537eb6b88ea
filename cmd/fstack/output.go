package main

import (
	"fmt"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/stacks"
)

// output is what has been printed, and what is counted to be printed at the end.
type output struct {
	o       *options
	folder  stacks.Folder
	tally   stacks.Tally
	written bool // something has been
	failed  bool // one target at least
}

// add prints the stacks of a process, or counts them. There may be some, and an error all
// the same.
func (out *output) add(p *stacks.Process, err error) {
	if p != nil {
		if e := out.write(p); err == nil {
			err = e
		}
		out.o.tellDamage(p)
	}
	out.fail(err)
}

// fail tells what has gone wrong, if anything.
func (out *output) fail(err error) {
	if err != nil {
		complain(err)
		out.failed = true
	}
}

func (out *output) write(p *stacks.Process) error {
	o, to := out.o, cli.File(unix.Stdout)
	switch {
	case o.folded:
		out.folder.Add(p)
		return nil
	case o.text.Group && p.Sample > 0:
		out.tally.Add(p)
		return nil
	case o.json:
		return stacks.JSON(to, p)
	}
	if out.written {
		fmt.Fprintln(to)
	}
	out.written = true
	return stacks.Text(to, p, o.text)
}

// finish prints what was counted, and returns the exit status.
func (out *output) finish() int {
	err := out.folder.Write(cli.File(unix.Stdout))
	if err == nil {
		err = out.tally.Text(cli.File(unix.Stdout), out.o.text)
	}
	if err != nil {
		complain(err)
	}
	if out.failed || err != nil {
		return exitFailed
	}
	return 0
}
