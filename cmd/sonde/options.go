package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"sonde/cli"
	"sonde/descriptor"
	"sonde/display"
	"sonde/filter"
	"sonde/trace"
)

// The bounds of what -a, -s, -A and -n take. ltrace has one for -n alone; the
// others keep a slip from costing gigabytes.
const (
	maxAlign    = 10_000
	maxStrings  = 1 << 20
	maxElements = 1 << 16
	maxIndent   = 20
	maxFrames   = 1 << 16
)

// defaultFrames is how many frames a stack has at most without -w.
const defaultFrames = 256

// options is the command line, read.
type options struct {
	Follow    bool     // -f: child processes too
	PIDs      []int    // -p: processes to attach to, each once
	Output    string   // -o: where the trace goes, or ""
	Separate  bool     // -ff: a file for each thread
	Calls     []string // -e, not parsed yet
	Entries   []string // -x, likewise
	Libraries []string // -l, likewise
	NoCalls   bool     // -L
	System    bool     // -S: system calls, too
	Syscalls  []string // --syscalls: these system calls, not parsed yet
	Succeeded bool     // -z: of all calls those that succeed
	Failed    bool     // -Z: those that fail
	Status    []string // --status: those that end so, not parsed yet
	Paths     []string // -P: system calls that use one of these files
	FDs       []string // --fds: those that use one of these descriptors, not parsed yet
	Seccomp   bool     // --seccomp-bpf: only those stop the program
	Verbose   bool     // -v: their structures whole
	Raw       bool     // --no-demangle
	NoSignals bool     // -b
	Signals   []string // --signals: these have lines, not parsed yet
	Align     int      // -a: the column of '=', from 1
	Strings   int      // -s: how much of a string is shown
	Elements  int      // -A: how many elements of an array
	Names     bool     // --names
	Indent    int      // -n: spaces for each level of nesting
	Address   bool     // -i
	Stamp     display.Stamp
	Color     colourMode
	Elapsed   bool        // -T
	Fit       bool        // --fit
	Where     int         // -w: frames of each event's stack; 0: none
	Stacks    stackDetail // -k, -kk
	// Detail is how much is told of file descriptors: -y, -yy.
	Detail descriptor.Detail
	Count  bool // -c: no trace, but a table
	Spread bool // -cc: with more columns
	// Summary has a table behind the trace. Sort is what its rows are sorted by, By
	// what they are told apart by, and Tracing what it says of the cost of tracing,
	// when that has been measured.
	Summary bool
	Sort    summaryColumn
	By      summaryBy
	Tracing display.TracingCost
	JSON    bool     // --json
	Pin     bool     // --pin
	Debug   bool     // --debug
	Config  []string // -F: files and directories of prototypes
	// Prototypes are the functions of --prototypes: run nothing, print what is
	// known of them.
	Prototypes []string
	List       bool     // --list: run nothing
	User       string   // -u: a user's name or number, or ""
	Command    []string // the program and its arguments
	Help       bool     // -h; then nothing else counts
	Version    bool     // -V; likewise
}

// parseOptions reads the command line, args being what follows the program's
// name. For the column of '=' it asks env for COLUMNS, and, where the trace
// goes to standard error, width for the columns of the terminal there (0 if it
// is none). Every error is one of usage, for exit status 2.
func parseOptions(args []string, env func(string) string, width func() int) (*options, error) {
	o, r := &options{Align: -1, Strings: 32, Elements: 4}, &unresolved{}
	fs := newFlags(o, r)
	usage := cli.Usage{Program: "sonde", Flags: fs, Meant: straceOptions}
	if err := usage.Parse(args); err != nil {
		return nil, err
	}
	if o.Help || o.Version {
		return o, nil
	}
	o.Command = fs.Args()
	o.Raw = o.Raw || !r.demangle
	o.Follow, o.Separate = r.follows > 0, o.Separate || r.follows > 1
	var err error
	if o.Stamp, err = stamp(r.stamps, r.relative); err != nil {
		return nil, err
	}
	if err := o.counts(r.counts); err != nil {
		return nil, err
	}
	if o.Detail = descriptor.Detail(r.ends); o.Detail < 0 || o.Detail > descriptor.Ends {
		return nil, fmt.Errorf("-y: given %d times, where -yy is the most", r.ends)
	}
	if o.Align < 0 {
		if o.Output != "" {
			width = func() int { return 0 }
		}
		o.Align = defaultAlign(env("COLUMNS"), width)
	}
	if err := o.check(fs); err != nil {
		return nil, err
	}
	return o, nil
}

// unresolved are what several options say of one thing.
type unresolved struct {
	stamps, ends, counts int // how often -t, -y and -c are given
	follows              int // and -f
	relative, demangle   bool
}

// newFlags returns the options that there are, which store what they are given in o and r.
func newFlags(o *options, r *unresolved) *pflag.FlagSet {
	fs := pflag.NewFlagSet("sonde", pflag.ContinueOnError)
	fs.SetInterspersed(false) // POSIX: what follows the command is the command's
	fs.SortFlags = false
	fs.Usage = func() {}
	fs.CountVarP(&r.follows, cli.Unnamed+"f", "f", "")
	fs.VarP((*cli.PIDs)(&o.PIDs), cli.Unnamed+"p", "p", "")
	fs.StringVarP(&o.Output, "output", "o", "", "")
	fs.BoolVar(&o.Separate, "output-separately", false, "")
	fs.StringArrayVarP(&o.Calls, cli.Unnamed+"e", "e", nil, "")
	fs.StringArrayVarP(&o.Entries, cli.Unnamed+"x", "x", nil, "")
	fs.StringArrayVarP(&o.Libraries, "library", "l", nil, "")
	fs.BoolVarP(&o.NoCalls, cli.Unnamed+"L", "L", false, "")
	fs.BoolVarP(&o.System, cli.Unnamed+"S", "S", false, "")
	fs.StringArrayVar(&o.Syscalls, "syscalls", nil, "")
	fs.BoolVarP(&o.Succeeded, cli.Unnamed+"z", "z", false, "")
	fs.BoolVarP(&o.Failed, cli.Unnamed+"Z", "Z", false, "")
	fs.StringArrayVar(&o.Status, "status", nil, "")
	fs.StringArrayVarP(&o.Paths, cli.Unnamed+"P", "P", nil, "")
	fs.StringArrayVar(&o.FDs, "fds", nil, "")
	fs.BoolVar(&o.Seccomp, "seccomp-bpf", false, "")
	fs.BoolVarP(&o.Verbose, cli.Unnamed+"v", "v", false, "")
	fs.StringArrayVar(&o.Signals, "signals", nil, "")
	fs.BoolVarP(&r.demangle, "demangle", "C", true, "")
	fs.BoolVar(&o.Raw, "no-demangle", false, "")
	fs.BoolVarP(&o.NoSignals, "no-signals", "b", false, "")
	fs.VarP(cli.Number(&o.Align, 0, maxAlign), "align", "a", "")
	fs.VarP(cli.Number(&o.Strings, 0, maxStrings), cli.Unnamed+"s", "s", "")
	fs.VarP(cli.Number(&o.Elements, 0, maxElements), cli.Unnamed+"A", "A", "")
	fs.BoolVar(&o.Names, "names", false, "")
	fs.VarP(cli.Number(&o.Indent, 0, maxIndent), "indent", "n", "")
	fs.Var(&o.Color, "color", "")
	fs.Lookup("color").NoOptDefVal = colourModes[colourAlways]
	fs.BoolVar(&o.Fit, "fit", false, "")
	fs.BoolVarP(&o.Address, cli.Unnamed+"i", "i", false, "")
	fs.CountVarP(&r.stamps, cli.Unnamed+"t", "t", "")
	fs.BoolVarP(&r.relative, cli.Unnamed+"r", "r", false, "")
	fs.BoolVarP(&o.Elapsed, cli.Unnamed+"T", "T", false, "")
	fs.VarP(cli.Number(&o.Where, 1, maxFrames), "where", "w", "")
	fs.VarP(&o.Stacks, "stack-trace", "k", "")
	fs.Lookup("stack-trace").NoOptDefVal = onceMore
	fs.CountVarP(&r.ends, cli.Unnamed+"y", "y", "")
	fs.StringVarP(&o.User, cli.Unnamed+"u", "u", "", "")
	fs.BoolVar(&o.JSON, "json", false, "")
	fs.CountVarP(&r.counts, "count", "c", "")
	fs.BoolVar(&o.Summary, "summary", false, "")
	fs.Var(&o.Sort, "sort", "")
	fs.Var(&o.By, "by", "")
	fs.BoolVarP(&o.Help, "help", "h", false, "")
	fs.BoolVarP(&o.Version, "version", "V", false, "")
	fs.BoolVar(&o.Pin, "pin", false, "")
	fs.BoolVar(&o.Debug, "debug", false, "")
	fs.BoolVar(&o.List, "list", false, "")
	fs.VarP((*pathList)(&o.Config), "config", "F", "")
	fs.StringArrayVar(&o.Prototypes, "prototypes", nil, "")
	return fs
}

// check refuses what pflag cannot know to be wrong.
func (o *options) check(fs *pflag.FlagSet) error {
	switch {
	case len(o.Prototypes) > 0:
		return o.checkPrototypes()
	case len(o.Command) == 0 && len(o.PIDs) == 0 && o.List:
		return errors.New("nothing to list: a file, a command or -p PID is needed (see sonde --help)")
	case len(o.Command) == 0 && len(o.PIDs) == 0:
		return errors.New("nothing to trace: a command or -p PID is needed (see sonde --help)")
	case o.NoCalls && (len(o.Calls) > 0 || len(o.Libraries) > 0):
		return errors.New("-L cannot be used with -e or -l")
	case o.Succeeded && o.Failed, (o.Succeeded || o.Failed) && len(o.Status) > 0:
		return errors.New("-z, -Z and --status cannot be used together (--status takes a set)")
	case o.Stacks > sourceStacks:
		return errors.New("-k: given more often than in -kk")
	case o.Seccomp && len(o.PIDs) > 0:
		return errors.New("--seccomp-bpf cannot be used with -p: only a program that sonde launches can be given a filter; without it the calls are traced all the same")
	case o.Seccomp && !o.System && !o.choosesSyscalls():
		return errors.New("--seccomp-bpf: it is about system calls; say which by --syscalls=SET")
	case slices.Contains(o.Paths, ""):
		return errors.New("-P: the path of a file is needed")
	case o.checkSummary(fs.Changed("sort"), fs.Changed("by")) != nil:
		return o.checkSummary(fs.Changed("sort"), fs.Changed("by"))
	case fs.Changed("output") && o.Output == "":
		return errors.New("-o: the name of a file is needed")
	case o.Separate && o.Count:
		return errors.New("-ff and -c cannot be used together: there is one table for all")
	case fs.Changed(cli.Unnamed+"u") && o.User == "":
		return errors.New("-u: the name of a user is needed")
	case o.User != "" && len(o.Command) == 0:
		return fmt.Errorf("-u %s: it needs a command to run as that user", o.User)
	}
	return parseDestination(o.Output).check(o.Output, o.Separate)
}

// checkPrototypes refuses what does not go with --prototypes.
func (o *options) checkPrototypes() error {
	switch {
	case slices.Contains(o.Prototypes, ""):
		return errors.New("--prototypes: the name of a function is needed")
	case o.List:
		return errors.New("--prototypes and --list cannot be used together")
	case len(o.Command) > 0 || len(o.PIDs) > 0:
		return errors.New("--prototypes: nothing is run or attached to; each function needs an option of its own")
	}
	return nil
}

// filters reads the arguments of -e, -x and -l.
func (o *options) filters() (what trace.Options, err error) {
	if err = refuseStrace(o.Calls); err != nil {
		return what, err
	}
	if what.Calls, err = parseFilter("-e", filter.Calls, o.Calls); err != nil {
		return what, err
	}
	if what.Entries, err = parseFilter("-x", filter.Entries, o.Entries); err != nil {
		return what, err
	}
	if what.Libraries, err = parseFilter("-l", filter.Libraries, o.Libraries); err != nil {
		return what, err
	}
	// Who chooses among system calls wants these, as of strace; -S is ltrace's, and adds
	// them to the program's own calls.
	if len(o.Calls) == 0 && len(o.Libraries) == 0 && !o.NoCalls && (o.System || !o.choosesSyscalls()) {
		what.Calls = filter.DefaultCalls()
	}
	if err = o.chooseEndings(&what); err != nil {
		return what, err
	}
	return what, o.chooseSyscalls(&what)
}

func parseFilter(option string, kind filter.Kind, exprs []string) (*filter.Filter, error) {
	f, err := filter.Parse(kind, exprs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", option, err)
	}
	f.FollowLinks(filepath.EvalSymlinks)
	return f, nil
}

// showCaller tells whether the module that calls is shown: where it need not be
// the main program.
func (o *options) showCaller() bool { return len(o.Calls) > 0 || len(o.Libraries) > 0 }

// stamp is what -t, given so many times, and -r make of the time on each line.
func stamp(count int, relative bool) (display.Stamp, error) {
	if relative && count != 0 {
		return 0, errors.New("-r and -t cannot be used together")
	}
	if relative {
		return display.StampRelative, nil
	}
	switch count {
	case 0:
		return display.StampNone, nil
	case 1:
		return display.StampSeconds, nil
	case 2:
		return display.StampMicros, nil
	case 3:
		return display.StampEpoch, nil
	}
	return 0, fmt.Errorf("-t: given %d times, where -ttt is the most", count)
}

// defaultAlign is the column of '=' without -a: 5/8 of the width, as in ltrace.
// A COLUMNS that is no number counts as none.
func defaultAlign(columns string, width func() int) int {
	cols, err := cli.ParseInt(columns, 1, maxAlign)
	if err != nil {
		cols = width()
	}
	if cols < 1 {
		return 50
	}
	return min(cols, maxAlign) * 5 / 8
}

// pathList collects the arguments of -F, which are lists as PATH is one. Empty
// elements do not count.
type pathList []string

func (l *pathList) Set(s string) error {
	for _, path := range strings.Split(s, ":") {
		if path != "" {
			*l = append(*l, path)
		}
	}
	return nil
}

func (l *pathList) String() string { return strings.Join(*l, ":") }

func (l *pathList) Type() string { return "LIST" }
