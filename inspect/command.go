package inspect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/corefile"
)

// Command is a program that tells something of one target after the other. Such programs
// have their options in common.
type Command struct {
	Name    string
	Files   bool   // it takes other files than core files, too
	Intro   string // what it does: paragraphs of the help text
	Verbose string // what it tells more with -v, after "-v  "
	Failed  string // when the exit status is 1, after "1 if"
	// Headless says that what is told of a target is clear without its name before it.
	Headless bool
	// Tell tells of a subject. There may be a report, and an error all the same.
	Tell func(s *Subject) (Report, error)
}

// Report is what is told of one subject. As JSON it is an object.
type Report interface {
	// WriteText writes it for people; verbose wants more.
	WriteText(w io.Writer, verbose bool) error
}

// exitFailed is the exit status when a target has failed.
const exitFailed = 1

type options struct {
	pids          cli.PIDs
	places        corefile.Places
	json, verbose bool
	targets       []cli.Target
}

// Help is the text that --help prints.
func (c *Command) Help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s [OPTION]... PID...\n       %[1]s [OPTION]... CORE [EXE]...\n", c.Name)
	if c.Files {
		fmt.Fprintf(&b, "       %s [OPTION]... FILE...\n", c.Name)
	}
	fmt.Fprintf(&b, `
%s

Options:
  -p PID               the process PID, too
      --exe=FILE       the executable of a core file
      --sysroot=DIR    the directory that the paths in a core file begin at
      --json           a line of JSON for each target
  -v                   %s
  -h, --help           print this text
  -V, --version        print the version

Options may be written as frysk had them, too: -exe FILE, -sysroot DIR.

The exit status is 0; 2 if the command line is wrong; 1 if
%s.
`, strings.TrimSpace(c.Intro), c.Verbose, c.Failed)
	return b.String()
}

// flags are the options of all such programs.
func flags(name string, o *options) *pflag.FlagSet {
	fs := pflag.NewFlagSet(name, pflag.ContinueOnError)
	fs.VarP(&o.pids, cli.Unnamed+"p", "p", "")
	fs.StringVar(&o.places.Exe, "exe", "", "")
	fs.StringVar(&o.places.Sysroot, "sysroot", "", "")
	fs.BoolVar(&o.json, "json", false, "")
	fs.BoolVarP(&o.verbose, cli.Unnamed+"v", "v", false, "")
	return fs
}

func (c *Command) parse(args []string) (*options, error) {
	o := &options{}
	fs := flags(c.Name, o)
	usage := cli.Usage{Program: c.Name, Flags: fs, Help: c.Help(), Frysk: true}
	if err := usage.Parse(args); err != nil {
		return nil, err
	}
	var err error
	if o.targets, err = cli.Targets(fs.Args(), c.Files); err != nil {
		return nil, err
	}
	for _, pid := range o.pids {
		o.targets = append(o.targets, cli.Target{PID: pid})
	}
	if len(o.targets) == 0 {
		return nil, fmt.Errorf("nothing to tell of: a process id or a file is needed (see %s --help)", c.Name)
	}
	return o, nil
}

// Main runs the program, and returns its exit status.
func (c *Command) Main(args []string) int {
	o, err := c.parse(args)
	if err != nil {
		return cli.Reply(c.Name, err)
	}
	out := cli.File(unix.Stdout)
	status := 0
	for i := range o.targets {
		text, errs := c.tell(o, i)
		if _, err := out.Write(text); err != nil {
			errs = append(errs, err)
		}
		for _, err := range errs {
			cli.Complain(c.Name, err)
			status = exitFailed
		}
	}
	return status
}

// tell tells of a target. What a damaged core file still has is told, too.
func (c *Command) tell(o *options, i int) (text []byte, errs []error) {
	t := &o.targets[i]
	s, err := Open(t, o.places)
	if err != nil {
		return nil, []error{explain(t, err)}
	}
	defer s.Close()
	if s.Damage != nil {
		errs = append(errs, explain(t, s.Damage))
	}
	report, err := c.Tell(s)
	if err != nil {
		errs = append(errs, explain(t, err))
	}
	if report == nil {
		return nil, errs
	}
	var b bytes.Buffer
	if o.json {
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		err = e.Encode(report)
	} else {
		if len(o.targets) > 1 && !c.Headless {
			if i > 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "%s:\n", t)
		}
		err = report.WriteText(&b, o.verbose)
	}
	if err != nil {
		errs = append(errs, err)
	}
	return b.Bytes(), errs
}

// explain says what an error is of, if it does not say that itself, and of a permission
// that is missing which one.
func explain(t *cli.Target, err error) error {
	if t.Core == "" && t.File == "" {
		if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
			return cli.ExplainRefusal("look at", t.PID, err)
		}
		return fmt.Errorf("process %d: %w", t.PID, err)
	}
	name := t.File + t.Core
	if strings.Contains(err.Error(), name) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}
