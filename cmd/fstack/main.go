package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/stacks"
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
		fmt.Println(cli.Version("fstack"))
		return 0
	}
	status := 0
	var all []*stacks.Process
	for _, t := range o.targets {
		p, err := t.stacks(o)
		if err == nil && !o.folded {
			err = write(p, o, len(all) > 0)
		}
		if err != nil {
			complain(err)
			status = exitFailed
		}
		if p != nil {
			all = append(all, p)
		}
	}
	if o.folded {
		if err := stacks.Folded(cli.File(unix.Stdout), all); err != nil {
			complain(err)
			status = exitFailed
		}
	}
	return status
}

func complain(err error) { cli.Complain("fstack", err) }

// write writes what is told of one target.
func write(p *stacks.Process, o *options, behindOthers bool) error {
	out := cli.File(unix.Stdout)
	if o.json {
		return stacks.JSON(out, p)
	}
	if behindOthers {
		fmt.Fprintln(out)
	}
	return stacks.Text(out, p, stacks.TextOptions{Group: o.group})
}

// target is a process, or a core file and perhaps its executable.
type target struct {
	pid       int
	core, exe string
}

// stacks gets the stacks. There may be some, and an error all the same.
func (t *target) stacks(o *options) (*stacks.Process, error) {
	if t.core == "" {
		p, err := stacks.Live(t.pid, &o.Options)
		if err != nil {
			return nil, cli.ExplainAttach(t.pid, err)
		}
		if o.verbose {
			fmt.Fprintf(cli.File(unix.Stderr), "fstack: process %d stood still for %v; %d bytes of stacks were copied\n", p.PID, p.Still, p.Copied)
		}
		return p, nil
	}
	exe := t.exe
	if exe == "" {
		exe = o.exe
	}
	p, damage, err := stacks.Core(t.core, stacks.CoreOptions{Exe: exe, Sysroot: o.sysroot}, &o.Options)
	if err == nil && damage != nil {
		complain(fmt.Errorf("%s: %w", t.core, damage))
	}
	return p, err
}

// targets reads what is behind the options: process ids, and core files, each of which may
// be followed by its executable.
func targets(args []string) ([]target, error) {
	var all []target
	for _, arg := range args {
		if pid, err := strconv.Atoi(arg); err == nil {
			all = append(all, target{pid: pid})
			continue
		}
		isCore, err := cli.IsCore(arg)
		if err != nil {
			return nil, err
		}
		switch last := len(all) - 1; {
		case isCore:
			all = append(all, target{core: arg})
		case last >= 0 && all[last].core != "" && all[last].exe == "":
			all[last].exe = arg
		default:
			return nil, fmt.Errorf("%s is neither a process id nor a core file", cli.Quote(filepath.Clean(arg)))
		}
	}
	return all, nil
}
