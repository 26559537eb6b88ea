package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/corefile"
	"sonde/proc"
	"sonde/stacks"
)

// exitFailed is the exit status when a target has failed.
const exitFailed = 1

func main() {
	// Most runs end before there is any garbage that is worth its collection. What a
	// large program's debugging information takes stays bounded.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(512 << 20)
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	o, err := parseOptions(args)
	if err != nil {
		return cli.Reply("fstack", err)
	}
	return o.print()
}

// print prints the stacks of all targets, and returns the exit status.
func (o *options) print() int {
	out := &output{o: o}
	out.fail(o.findTargets())
	switch {
	case o.symbolize != "":
		out.fail(o.resolve(out))
	case o.samples > 0:
		out.fail(o.sample(out))
	default:
		for i := range o.targets {
			out.add(stacksOf(&o.targets[i], o))
		}
	}
	return out.finish()
}

func complain(err error) { cli.Complain("fstack", err) }

// tellStill tells, if that is wanted, for how long a process stood still.
func (o *options) tellStill(p *stacks.Process) {
	if o.verbose && !p.Nonblocking {
		fmt.Fprintf(cli.File(unix.Stderr), "fstack: process %d stood still for %v; %d bytes of stacks were copied\n", p.PID, p.Still, p.Copied)
	}
}

// explain words why a process could not be stopped. Under another tracer it can be looked
// at all the same.
func explain(pid int, err error) error {
	var traced *proc.TracedError
	if errors.As(err, &traced) {
		return fmt.Errorf("%w; --nonblocking shows what can be seen without stopping it", cli.ExplainAttach(pid, err))
	}
	return cli.ExplainAttach(pid, err)
}

// tellDamage tells, if that is wanted, why frames have less names than they might.
func (o *options) tellDamage(p *stacks.Process) {
	for _, err := range p.Damage {
		if o.verbose {
			complain(err)
		}
	}
}

// stacksOf gets the stacks of a target. There may be some, and an error all the same.
func stacksOf(t *cli.Target, o *options) (*stacks.Process, error) {
	if t.Core == "" {
		p, err := stacks.Live(t.PID, &o.Options)
		if err != nil {
			return nil, explain(t.PID, err)
		}
		o.tellStill(p)
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
