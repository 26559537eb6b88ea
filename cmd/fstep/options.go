package main

import (
	"github.com/spf13/pflag"

	"sonde/cli"
	"sonde/step"
)

type options struct {
	step.Options
	follow  bool
	output  string
	tracees cli.Tracees
}

const helpText = `Usage: fstep [OPTION]... [--] COMMAND [ARG]...
       fstep [OPTION]... PID...

Runs a program one instruction at a time, all its threads, and shows and counts
what each of them runs.

  -s, --sample=N       show where a thread is at every N-th instruction
                       (default: 1); with 0 they are counted alone
  -i, --instrs=N       show N instructions each time, as they stand in memory
                       (default: 1)
  -p PID               step the running process PID, too
  -f                   step child processes, too
      --from-start     from the first instruction on, the dynamic linker's, and
                       not from the program's entry point on
  -o FILE              show them in FILE, and not on standard error
  -h, --help           print this text
  -V, --version        print the version

Options may be written as frysk had them, too: -sample 100, -instrs 5.

The exit status is the program's; 1 if it could not be stepped; 2 if the
command line is wrong; 126 or 127 if the program could not be run, or not be
found.
`

// maxCount bounds the numbers of the options.
const maxCount = 1<<31 - 1

func parseOptions(args []string) (*options, error) {
	o := &options{Options: step.Options{Every: 1, Instructions: 1}}
	fs := pflag.NewFlagSet("fstep", pflag.ContinueOnError)
	fs.SetInterspersed(false)
	fs.VarP(cli.Number(&o.Every, 0, maxCount), "sample", "s", "")
	fs.VarP(cli.Number(&o.Instructions, 1, 1000), "instrs", "i", "")
	fs.VarP(&o.tracees.PIDs, cli.Unnamed+"p", "p", "")
	fs.BoolVarP(&o.follow, cli.Unnamed+"f", "f", false, "")
	fs.BoolVar(&o.FromStart, "from-start", false, "")
	fs.StringVarP(&o.output, cli.Unnamed+"o", "o", "", "")
	usage := cli.Usage{Program: "fstep", Flags: fs, Help: helpText, Frysk: true}
	if err := usage.Parse(args); err != nil {
		return nil, err
	}
	if err := o.tracees.SetOperands("fstep", fs.Args()); err != nil {
		return nil, err
	}
	return o, nil
}
