package main

import (
	"errors"
	"math"
	"runtime"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"sonde/cli"
	"sonde/regress"
)

type options struct {
	regress.Choice
	list, verbose, keepGoing bool
	repeat, jobs, stress     int
	seed                     int
	time                     float64
	form                     form
	compare                  string
	reports                  []string // to be compared, without a run
}

// form is how the results are written.
type form string

const (
	asText  form = ""
	asTAP   form = "tap"
	asJSON  form = "json"
	asJUnit form = "junit"
)

const helpText = `Usage: fsystest [OPTION]... [PATTERN]...
       fsystest --compare OLD.json NEW.json

Tells whether the kernel keeps what it promises to tracers: ptrace(2), wait4(2)
and /proc, a behaviour a row. A line is printed for each: PASS, FAIL, XFAIL and
XPASS (of a failure that is known), SKIP (the machine lacks something), or
ERROR (the row could not be run).

  -l, --list             list the rows and what they are about; with -v what
                         they do
  -r, --run=PATTERN      run the rows whose names match, such as 'A*'; may be
                         repeated
  -g, --group=GROUP      run the rows of a group, a letter or "frysk"; may be
                         repeated
      --since=VERSION    run what a kernel of that version has to pass
  -n, --repeat=N         run them N times, until a round has a FAIL, XPASS or
                         ERROR
  -k, --keep-going       with --repeat: go on for all N rounds
      --stress=SECONDS   run those that look for races, each again and again
                         for so long, and tell how often it failed
  -j, --jobs=N           run N at a time (default: as many as there are
                         processors)
      --time=FACTOR      give each row FACTOR times the usual time
      --seed=N           for what is left to chance (default: 1)
  -v, --verbose          tell every step: what was asked of the kernel and
                         answered
      --tap              write the results as TAP
      --json             as JSON, with the report of the machine
      --junit            as JUnit's XML
      --compare=OLD.json tell, behind the results, what has changed since those
                         that --json has written; of two files, compare them
                         alone
  -h, --help             print this text
  -V, --version          print the version

Exit status: 0 without FAIL, XPASS and ERROR, 1 with one of them, 77 if nothing
could be run, 2 if the command line is wrong, 130 or 143 if SIGINT or SIGTERM
ended the run.
`

func parseOptions(args []string) (*options, error) {
	o := &options{repeat: 1, jobs: runtime.NumCPU(), seed: 1, time: 1}
	fs := pflag.NewFlagSet("fsystest", pflag.ContinueOnError)
	fs.BoolVarP(&o.list, "list", "l", false, "")
	fs.StringArrayVarP(&o.Patterns, "run", "r", nil, "")
	fs.StringArrayVarP(&o.Groups, "group", "g", nil, "")
	since := fs.String("since", "", "")
	fs.VarP(cli.Number(&o.repeat, 1, math.MaxInt32), "repeat", "n", "")
	fs.BoolVarP(&o.keepGoing, "keep-going", "k", false, "")
	fs.Var(cli.Number(&o.stress, 1, 1e6), "stress", "")
	fs.VarP(cli.Number(&o.jobs, 1, 1000), "jobs", "j", "")
	factor := fs.String("time", "1", "")
	fs.Var(cli.Number(&o.seed, 0, math.MaxInt32), "seed", "")
	fs.BoolVarP(&o.verbose, "verbose", "v", false, "")
	tap, asObject, junit := fs.Bool("tap", false, ""), fs.Bool("json", false, ""), fs.Bool("junit", false, "")
	fs.StringVar(&o.compare, "compare", "", "")
	usage := cli.Usage{Program: "fsystest", Flags: fs, Help: helpText}
	if err := usage.Parse(args); err != nil {
		return nil, err
	}
	for form, wanted := range map[form]bool{asTAP: *tap, asJSON: *asObject, asJUnit: *junit} {
		if wanted && o.form != asText {
			return nil, errors.New("only one of --tap, --json and --junit can be had")
		}
		if wanted {
			o.form = form
		}
	}
	var err error
	if o.time, err = strconv.ParseFloat(*factor, 64); err != nil || !(o.time >= 0.01 && o.time <= 1000) {
		return nil, errors.New("--time: " + cli.Quote(*factor) + " is not a factor from 0.01 to 1000")
	}
	if *since != "" {
		if o.Since, err = regress.ParseVersion(*since); err != nil {
			return nil, errors.New("--since: " + err.Error())
		}
	}
	o.Stress = o.stress > 0
	switch {
	case o.compare != "" && o.form != asText:
		return nil, errors.New("--compare tells in words, and goes with none of --tap, --json and --junit")
	case o.compare != "" && len(fs.Args()) == 1:
		o.reports = []string{o.compare, fs.Arg(0)}
	case o.compare != "" && len(fs.Args()) > 1:
		return nil, errors.New("--compare is for one other file (rows are named with --run)")
	default:
		o.Patterns = append(o.Patterns, fs.Args()...)
	}
	return o, nil
}

// times multiplies a usual time.
func (o *options) times(d time.Duration) time.Duration { return time.Duration(float64(d) * o.time) }
