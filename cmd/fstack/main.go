package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/corefile"
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
	for i := range o.targets {
		p, err := stacksOf(&o.targets[i], o)
		if err == nil && !o.folded {
			err = write(p, o, len(all) > 0)
		}
		if err != nil {
			complain(err)
			status = exitFailed
		}
		if p != nil {
			o.tellDamage(p)
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

// tellDamage tells, if that is wanted, why frames have less names than they might.
func (o *options) tellDamage(p *stacks.Process) {
	for _, err := range p.Damage {
		if o.verbose {
			complain(err)
		}
	}
}

// write writes what is told of one target.
func write(p *stacks.Process, o *options, behindOthers bool) error {
	out := cli.File(unix.Stdout)
	if o.json {
		return stacks.JSON(out, p)
	}
	if behindOthers {
		fmt.Fprintln(out)
	}
	return stacks.Text(out, p, stacks.TextOptions{Group: o.group, Paths: o.paths})
}

// stacksOf gets the stacks of a target. There may be some, and an error all the same.
func stacksOf(t *cli.Target, o *options) (*stacks.Process, error) {
	if t.Core == "" {
		p, err := stacks.Live(t.PID, &o.Options)
		if err != nil {
			return nil, cli.ExplainAttach(t.PID, err)
		}
		if o.verbose {
			fmt.Fprintf(cli.File(unix.Stderr), "fstack: process %d stood still for %v; %d bytes of stacks were copied\n", p.PID, p.Still, p.Copied)
		}
		return p, nil
	}
	exe := t.Exe
	if exe == "" {
		exe = o.exe
	}
	p, damage, err := stacks.Core(t.Core, corefile.Places{Exe: exe, Sysroot: o.sysroot}, &o.Options)
	if err == nil && damage != nil {
		complain(fmt.Errorf("%s: %w", t.Core, damage))
	}
	return p, err
}
