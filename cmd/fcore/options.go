package main

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/spf13/pflag"

	"sonde/cli"
	"sonde/snapshot"
)

type options struct {
	choice   snapshot.Choice
	output   string // -o: the name before ".PID", or "-"
	compress bool
	snapshot bool
	shelter  *shelter // for snapshot
	verbose  bool
	maxStop  time.Duration
	targets  []string // process ids, and core files
}

const helpText = `Usage: fcore [OPTION]... PID...
       fcore CORE...

Writes a core file of each process, which goes on; or checks core files.

What goes into a core file:
                       what the kernel would put in (see core(5),
                       coredump_filter)
  -a, --allmaps        all memory that can be read
  -s, --segments=REGEX mappings whose names REGEX matches, and no others

Output:
  -o, --output=NAME    write to NAME.PID (default: core.PID), or with NAME - to
                       standard output
      --compress=zstd  compress what is written; the name ends in .zst
  -v                   tell for how long the process stood still, and what was
                       written

Other:
      --snapshot       let the process go on at once, and write the core file
                       of a copy of it
      --max-stop=TIME  let the process go on, without a core file, if its
                       threads have not stopped after TIME: 100ms, 2s (default)
  -h, --help           print this text
  -V, --version        print the version

A core file is there under its name when it is complete, and not before.
Options may be written as frysk had them, too: -allmaps, -segments REGEX.

The exit status is 0; 1 if a core file could not be written, or one that was
checked is damaged; 2 if the command line is wrong.
`

func parseOptions(args []string) (*options, error) {
	o := &options{}
	fs := pflag.NewFlagSet("fcore", pflag.ContinueOnError)
	fs.SortFlags = false
	var segments, compress string
	fs.BoolVarP(&o.choice.All, "allmaps", "a", false, "")
	fs.StringVarP(&segments, "segments", "s", "", "")
	fs.StringVarP(&o.output, "output", "o", "core", "")
	fs.StringVar(&compress, "compress", "", "")
	fs.BoolVar(&o.snapshot, "snapshot", false, "")
	fs.BoolVarP(&o.verbose, cli.Unnamed+"v", "v", false, "")
	fs.DurationVar(&o.maxStop, "max-stop", snapshot.DefaultMaxStop, "")
	usage := cli.Usage{Program: "fcore", Flags: fs, Help: helpText, Frysk: true}
	if err := usage.Parse(args); err != nil {
		return nil, err
	}
	o.targets = fs.Args()
	o.compress = compress == "zstd"
	switch {
	case len(o.targets) == 0:
		return nil, errors.New("nothing to write a core file of: a process id is needed (see fcore --help)")
	case o.choice.All && segments != "":
		return nil, errors.New("-a and -s cannot be used together")
	case compress != "" && !o.compress:
		return nil, fmt.Errorf("--compress=%s: zstd is the only one", cli.Quote(compress))
	case o.output == "":
		return nil, errors.New("-o: a name is needed")
	case o.output == "-" && len(o.targets) > 1:
		return nil, errors.New("-o -: one core file alone goes to standard output")
	case o.maxStop <= 0:
		return nil, errors.New("--max-stop: a time is needed that is not 0")
	}
	if segments != "" {
		re, err := regexp.Compile(segments)
		if err != nil {
			return nil, fmt.Errorf("-s %s: %w", cli.Quote(segments), err)
		}
		o.choice.Names = re
	}
	return o, nil
}
