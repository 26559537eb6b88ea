package main

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/spf13/pflag"

	"sonde/cli"
	"sonde/filter"
	"sonde/stacks"
)

type options struct {
	stacks.WriteOptions
	tracees cli.Tracees
	output  string
	json    bool
	text    stacks.TextOptions
}

const helpText = `Usage: ferror [OPTION]... -e REGEX COMMAND [ARGUMENT]...
       ferror [OPTION]... -e REGEX PID...

Runs a command, or attaches to processes, follows what they fork, and shows,
when one of them writes text that matches, the text and the stack of the thread
that writes it.

  -e, --regexp=REGEX   what is looked for, in what a system call writes and in
                       the line that goes on with it; ^ and $ are the ends of
                       lines
      --fds=SET        in what these descriptors get alone: 2; 1,2; !3
                       (default: all)
  -p PID               attach to the process PID, too
      --seccomp-bpf    of a COMMAND let the kernel itself pass the system calls
                       that write nothing: far faster; see ferror(1) for what
                       it costs
  -o, --output=FILE    write to FILE, not to standard error
      --json           a line of JSON for each
` + stacks.FlagsHelp + `  -h, --help           print this text
  -V, --version        print the version

Options may be written as frysk had them, too: -number-of-frames 20.

The exit status is that of COMMAND, and ferror ends by the signal that has
ended it; 127 if COMMAND is not found, 126 if it cannot be run, 1 if tracing
cannot begin, 2 if the command line is wrong.
`

func parseOptions(args []string) (*options, error) {
	o := &options{}
	fs := pflag.NewFlagSet("ferror", pflag.ContinueOnError)
	fs.SetInterspersed(false)
	var frames stacks.Flags
	var expression, fds string
	fs.StringVarP(&expression, "regexp", "e", "", "")
	fs.StringVar(&fds, "fds", "all", "")
	fs.VarP(&o.tracees.PIDs, cli.Unnamed+"p", "p", "")
	fs.BoolVar(&o.Seccomp, "seccomp-bpf", false, "")
	frames.Add(fs, &o.Raw)
	fs.StringVarP(&o.output, "output", "o", "", "")
	fs.BoolVar(&o.json, "json", false, "")
	usage := cli.Usage{Program: "ferror", Flags: fs, Help: helpText, Frysk: true}
	if err := usage.Parse(args); err != nil {
		return nil, err
	}
	err := o.tracees.SetOperands("ferror", fs.Args())
	switch t := &o.tracees; {
	case err != nil:
		return nil, err
	case !fs.Changed("regexp"):
		return nil, errors.New("-e: a regular expression to look for is needed (see ferror --help)")
	case len(t.Command) > 0 && len(t.PIDs) > 0:
		return nil, errors.New("-p: a command and processes cannot be watched together")
	}
	if _, err := regexp.Compile(expression); err != nil {
		return nil, fmt.Errorf("-e %s: %w", cli.Quote(expression), err)
	}
	o.Expression = regexp.MustCompile("(?m:" + expression + ")")
	if o.Descriptors, err = filter.ParseDescriptors(fds); err != nil {
		return nil, fmt.Errorf("--fds=%s: %w", cli.Quote(fds), err)
	}
	return o, frames.Read(&o.Options, &o.text)
}
