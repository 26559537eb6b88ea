package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"sonde/cli"
)

// doctorHelp is what sonde doctor --help prints.
const doctorHelp = `Usage: sonde doctor [--json] [PID | PROGRAM]...

Tells what can be traced here and what cannot, why, and what would help: the
rights to trace, the kernel, 32-bit programs, files of prototypes; of a process
whether it can be attached to; of a program what would be traced of it. Nothing
is attached to, and no PROGRAM is run.

Without arguments it also tries the kernel: what fsystest knows and Sonde relies
on, which takes some seconds.

      --json           a line of JSON for each finding
  -h, --help           print this text

A line begins with what it means: ok, note for what not everything works with,
problem for what keeps something from working; the remedy is below. The exit
status is 1 if there is a problem. A program of that name is traced by
sonde -- doctor.
`

// mark says what a finding means.
type mark string

const (
	good    mark = "ok"
	note    mark = "note"
	problem mark = "problem"
)

// finding is one thing that sonde doctor tells.
type finding struct {
	Mark   mark   `json:"mark"`
	About  string `json:"about"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

// doctor writes findings as they come.
type doctor struct {
	out     io.Writer
	json    bool
	problem bool // there has been one
	err     error
}

// runDoctor is sonde doctor, and returns the exit status.
func runDoctor(args []string) int {
	d := &doctor{out: cli.File(unix.Stdout)}
	fs := pflag.NewFlagSet("sonde doctor", pflag.ContinueOnError)
	fs.SortFlags = false
	fs.Usage = func() {}
	fs.BoolVar(&d.json, "json", false, "")
	usage := cli.Usage{Program: "sonde doctor", Flags: fs, Help: doctorHelp}
	if err := usage.Parse(args); err != nil {
		return cli.Reply("sonde doctor", err)
	}
	if fs.NArg() == 0 {
		d.machine()
	}
	for _, arg := range fs.Args() {
		if pid, err := strconv.Atoi(arg); err == nil {
			d.process(pid)
		} else {
			d.program(arg)
		}
	}
	switch {
	case d.err != nil:
		complain(fmt.Errorf("doctor: write to standard output: %w", d.err))
		return cli.ExitSetup
	case d.problem:
		return cli.ExitSetup
	}
	return 0
}

// tell writes a finding.
func (d *doctor) tell(f finding) {
	d.problem = d.problem || f.Mark == problem
	var err error
	if d.json {
		err = json.NewEncoder(d.out).Encode(f)
	} else {
		text := fmt.Sprintf("%-8s %s: %s\n", f.Mark, f.About, cli.Printable(f.Text))
		if f.Remedy != "" {
			text += fmt.Sprintf("%8s remedy: %s\n", "", cli.Printable(f.Remedy))
		}
		_, err = io.WriteString(d.out, text)
	}
	if d.err == nil {
		d.err = err
	}
}

func (d *doctor) good(about, format string, args ...any) {
	d.tell(finding{Mark: good, About: about, Text: fmt.Sprintf(format, args...)})
}

func (d *doctor) note(about, text, remedy string) {
	d.tell(finding{Mark: note, About: about, Text: text, Remedy: remedy})
}

func (d *doctor) bad(about, text, remedy string) {
	d.tell(finding{Mark: problem, About: about, Text: text, Remedy: remedy})
}
