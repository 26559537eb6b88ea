package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"sonde/cli"
	"sonde/filter"
	"sonde/stacks"
)

type options struct {
	stacks.CatchOptions
	tracees cli.Tracees
	output  string
	json    bool
	text    stacks.TextOptions
}

const helpText = `Usage: fcatch [OPTION]... COMMAND [ARGUMENT]...
       fcatch [OPTION]... PID...

Runs a command, or attaches to processes, follows what they fork, and shows,
when a signal ends one of them, the signal, the registers, the code and the
stack of the thread that got it.

      --signals=SET    of these signals alone: SEGV,ABRT; !PIPE,TERM (default:
                       all)
  -p PID               attach to the process PID, too
      --core=FILE      write a core file, too: to FILE.PID
  -o, --output=FILE    write to FILE, not to standard error
      --json           a line of JSON for each
` + stacks.FlagsHelp + `  -h, --help           print this text
  -V, --version        print the version

Options may be written as frysk had them, too: -number-of-frames 20.

The exit status is that of COMMAND, and fcatch ends by the signal that has
ended it; 127 if COMMAND is not found, 126 if it cannot be run, 1 if tracing
cannot begin, 2 if the command line is wrong.
`

func parseOptions(args []string) (*options, error) {
	o := &options{}
	fs := pflag.NewFlagSet("fcatch", pflag.ContinueOnError)
	fs.SetInterspersed(false)
	var frames stacks.Flags
	var signals string
	fs.VarP(&o.tracees.PIDs, cli.Unnamed+"p", "p", "")
	frames.Add(fs, &o.Raw)
	fs.StringVar(&signals, "signals", "all", "")
	fs.StringVar(&o.CoreFile, "core", "", "")
	fs.StringVarP(&o.output, "output", "o", "", "")
	fs.BoolVar(&o.json, "json", false, "")
	usage := cli.Usage{Program: "fcatch", Flags: fs, Help: helpText, Frysk: true}
	if err := usage.Parse(args); err != nil {
		return nil, err
	}
	err := o.tracees.SetOperands("fcatch", fs.Args())
	switch t := &o.tracees; {
	case err != nil:
		return nil, err
	case fs.Changed("core") && o.CoreFile == "":
		return nil, errors.New("--core: a name is needed")
	case len(t.Command) > 0 && len(t.PIDs) > 0:
		return nil, errors.New("-p: a command and processes cannot be watched together")
	}
	if o.Signals, err = filter.ParseSignals(signals); err != nil {
		return nil, fmt.Errorf("--signals=%s: %w", cli.Quote(signals), err)
	}
	return o, frames.Read(&o.Options, &o.text)
}
