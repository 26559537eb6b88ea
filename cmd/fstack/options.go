package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"sonde/cli"
	"sonde/snapshot"
	"sonde/stacks"
)

type options struct {
	stacks.Options
	json, folded bool
	text         stacks.TextOptions
	exe, sysroot string
	samples      int // 0: one look, which is not called a sample
	interval     time.Duration
	symbolize    string // a file of --raw; "" for none
	verbose      bool
	targets      []cli.Target
	// Targets are also the processes of these executables, and in these control groups.
	exeNames, cgroups []string
}

const helpText = `Usage: fstack [OPTION]... PID...
       fstack [OPTION]... CORE [EXE]...

Prints the stacks of all threads. A process stands still while they are copied,
and no longer.

What:
  -p PID               the process PID, too
      --exe-name=NAME  all processes whose executable is NAME, or .../NAME
      --cgroup=PATH    all processes in a control group, or below it
      --tid=TID        this thread alone; may be repeated
      --goroutines     goroutines that no thread runs, too, and what they wait
                       for
      --stack=RSP,RIP[,RBP]
                       a stack that no thread is on, as a coroutine's, by its
                       registers, instead of threads; may be repeated
      --exe=FILE       the executable of a core file
      --sysroot=DIR    the directory that the paths in a core file begin at
      --max-stop=TIME  let the process go on, without the threads that have not
                       stopped after TIME: 100ms, 2s (default)
      --nonblocking    stop nothing, and tell what /proc shows: names, states,
                       system calls, and of threads that sleep in one as much
                       of the stack as follows from the stack pointer

When:
      --samples=N      look at the processes N times; --group and --folded
                       count over all of them. An interrupt (Ctrl-C) ends it
                       with what there is
      --interval=TIME  as often as that (default: 100ms)

How:
      --group          a stack that several threads have once, with their number
      --json           a line of JSON for each process
      --folded         a line for each different stack, as flame graphs want it
      --raw            a line of JSON for each process, with addresses and
                       build-ids in place of names, for
      --symbolize=FILE name what --raw has written into FILE ("-": standard
                       input), on this machine or below --sysroot
` + stacks.FlagsHelp + `  -v                   tell for how long the process stood still

Other:
  -h, --help           print this text
  -V, --version        print the version

Options may be written as frysk had them, too: -number-of-frames 20, -exe FILE.

The exit status is 0; 1 if a process could not be stopped, or a core file not
be read; 2 if the command line is wrong.
`

func parseOptions(args []string) (*options, error) {
	o := &options{}
	fs := pflag.NewFlagSet("fstack", pflag.ContinueOnError)
	var pids cli.PIDs
	var frames stacks.Flags
	fs.VarP(&pids, cli.Unnamed+"p", "p", "")
	fs.StringArrayVar(&o.exeNames, "exe-name", nil, "")
	fs.StringArrayVar(&o.cgroups, "cgroup", nil, "")
	fs.IntSliceVar(&o.TIDs, "tid", nil, "")
	fs.Var((*givenStacks)(&o.Given), "stack", "")
	fs.StringVar(&o.exe, "exe", "", "")
	fs.StringVar(&o.sysroot, "sysroot", "", "")
	fs.DurationVar(&o.MaxStop, "max-stop", snapshot.DefaultMaxStop, "")
	fs.Var(cli.Number(&o.samples, 1, 1<<30), "samples", "")
	fs.DurationVar(&o.interval, "interval", defaultInterval, "")
	fs.BoolVar(&o.Goroutines, "goroutines", false, "")
	fs.BoolVar(&o.Nonblocking, "nonblocking", false, "")
	fs.BoolVar(&o.text.Group, "group", false, "")
	fs.BoolVar(&o.json, "json", false, "")
	fs.BoolVar(&o.folded, "folded", false, "")
	fs.BoolVar(&o.Addresses, "raw", false, "")
	fs.StringVar(&o.symbolize, "symbolize", "", "")
	frames.Add(fs, &o.Raw)
	fs.BoolVarP(&o.verbose, cli.Unnamed+"v", "v", false, "")
	usage := cli.Usage{Program: "fstack", Flags: fs, Help: helpText, Frysk: true}
	if err := usage.Parse(args); err != nil {
		return nil, err
	}
	var err error
	if err = frames.Read(&o.Options, &o.text); err != nil {
		return nil, err
	}
	if o.targets, err = cli.Targets(fs.Args(), false); err != nil {
		return nil, err
	}
	for _, pid := range pids {
		o.targets = append(o.targets, cli.Target{PID: pid})
	}
	if fs.Changed("interval") && o.samples == 0 {
		return nil, errors.New("--interval is for --samples")
	}
	return o, o.check()
}

func (o *options) hasTargets() bool {
	return len(o.targets) > 0 || len(o.exeNames) > 0 || len(o.cgroups) > 0
}

// findTargets adds the processes that are told by something else than their numbers, each
// once.
func (o *options) findTargets() error {
	var errs []error
	find := func(names []string, by func(name string) ([]int, error)) {
		for _, name := range names {
			pids, err := by(name)
			if err != nil {
				errs = append(errs, err)
			}
			for _, pid := range pids {
				if !slices.ContainsFunc(o.targets, func(t cli.Target) bool { return t.PID == pid }) {
					o.targets = append(o.targets, cli.Target{PID: pid})
				}
			}
		}
	}
	find(o.exeNames, cli.ByExecutable)
	find(o.cgroups, cli.ByCgroup)
	return errors.Join(errs...)
}

// check refuses what does not go together.
func (o *options) check() error {
	o.json = o.json || o.Addresses
	switch {
	case o.symbolize != "" && (o.hasTargets() || o.Addresses || o.samples > 0):
		return errors.New("--symbolize is for what has been looked at: it goes without processes, core files, --raw and --samples")
	case !o.hasTargets() && o.symbolize == "":
		return errors.New("nothing to print the stacks of: a process id or a core file is needed (see fstack --help)")
	case o.Addresses && (o.folded || o.text.Group):
		return errors.New("--raw has no names: --folded and --group go with --symbolize")
	case o.Addresses && (o.Variables.Wanted() || o.DebugNames):
		return errors.New("--raw has no names: variables cannot be shown with it")
	case o.json && o.folded || o.json && o.text.Group || o.folded && o.text.Group:
		return errors.New("--json, --folded and --group cannot be used together")
	case o.MaxStop <= 0:
		return errors.New("--max-stop: a time is needed that is not 0")
	case o.interval <= 0:
		return errors.New("--interval: a time is needed that is not 0")
	}
	return o.checkSamples()
}

// checkSamples refuses to look several times at what does not change.
func (o *options) checkSamples() error {
	for i := range o.targets {
		if t := &o.targets[i]; o.samples > 0 && t.Core != "" {
			return fmt.Errorf("--samples is for processes, and %s is a core file", t)
		}
	}
	return nil
}
