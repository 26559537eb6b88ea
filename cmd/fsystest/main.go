package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/regress"
	"sonde/sysdeps/ptrace"
)

func main() {
	regress.Serve(ptrace.Direct{}, nil)
	os.Exit(run(os.Args[1:]))
}

func complain(err error) { cli.Complain("fsystest", err) }

func run(args []string) int {
	o, err := parseOptions(args)
	if err != nil {
		return cli.Reply("fsystest", err)
	}
	if ptrace.Inherit().Closed>>unix.Stdout&1 != 0 { // the runtime has opened /dev/null there
		complain(errors.New("standard output is closed"))
		return regress.ExitBad
	}
	out := cli.File(unix.Stdout)
	if o.reports != nil {
		return compare(out, o.reports)
	}
	rows, err := o.Rows()
	if err != nil {
		complain(err)
		return cli.ExitUsage
	}
	if o.list {
		err := list(out, rows, o.verbose)
		if err != nil {
			complain(err)
			return regress.ExitBad
		}
		return regress.ExitGood
	}
	// Before anything is run: a file that cannot be read is not worth it.
	var old *regress.Report
	if o.compare != "" {
		if old, err = readReport(o.compare); err != nil {
			complain(err)
			return cli.ExitUsage
		}
	}
	return test(out, o, rows, old)
}

// list writes what rows there are.
func list(out io.Writer, rows []*regress.Row, verbose bool) error {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%-4s %s\n", r.ID, r.Title)
		if !verbose {
			continue
		}
		fmt.Fprintf(&b, "     %s\n", r.Checks)
		if since := (regress.Version{}); r.Since != since {
			fmt.Fprintf(&b, "     since Linux %v", r.Since)
			if r.Change != "" {
				fmt.Fprintf(&b, ", %s", r.Change)
			}
			b.WriteByte('\n')
		}
		if r.Relies != "" {
			fmt.Fprintf(&b, "     Sonde relies on it for: %s\n", r.Relies)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// test runs rows and writes what comes of them.
func test(out io.Writer, o *options, rows []*regress.Row, old *regress.Report) int {
	ctx, caught, stop := untilSignal()
	defer stop()
	s := &regress.Suite{
		Jobs: o.jobs, Seed: uint64(o.seed),
		Limit: o.times(regress.DefaultLimit), Loop: o.times(regress.DefaultLoop), Quiet: o.times(regress.DefaultQuiet),
	}
	m, err := regress.Look(ctx, s)
	if err != nil {
		complain(err)
		return regress.ExitBad
	}
	t := &teller{out: out, o: o, report: &regress.Report{Schema: regress.Schema, Machine: m}}
	if o.form == asText {
		t.print(m.String() + "\n")
	}
	if o.stress > 0 {
		err = t.stress(ctx, s, rows)
	} else {
		err = t.rounds(ctx, s, rows)
	}
	if err == nil {
		err = t.end(old)
	}
	if err = errors.Join(err, t.err); err != nil {
		complain(err)
		return regress.ExitBad
	}
	if sig := caught(); sig != 0 {
		return 128 + int(sig)
	}
	return regress.ExitStatus(t.report.Results)
}

// untilSignal returns a context that ends with a signal that is to end the run, and which
// that was.
func untilSignal() (ctx context.Context, caught func() syscall.Signal, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM)
	var which atomic.Int32
	go func() {
		if sig, ok := (<-signals).(syscall.Signal); ok {
			which.Store(int32(sig))
			cancel()
		}
	}()
	return ctx, func() syscall.Signal { return syscall.Signal(which.Load()) }, cancel
}

// rounds runs all rows as often as is wanted.
func (t *teller) rounds(ctx context.Context, s *regress.Suite, rows []*regress.Row) error {
	for round := range t.o.repeat {
		if t.o.repeat > 1 && t.o.form == asText {
			t.print(fmt.Sprintf("Round %d of %d\n", round+1, t.o.repeat))
		}
		bad := false
		err := t.round(ctx, s, rows, func(r regress.Result) { bad = bad || r.Verdict.Bad() })
		if err != nil || ctx.Err() != nil || bad && !t.o.keepGoing || t.err != nil {
			return err
		}
	}
	return nil
}

// stress runs each row again and again for a time, and tells how often it failed.
func (t *teller) stress(ctx context.Context, s *regress.Suite, rows []*regress.Row) error {
	for _, row := range rows {
		runs, failed := 0, 0
		for until := time.Now().Add(time.Duration(t.o.stress) * time.Second); time.Now().Before(until) && ctx.Err() == nil && t.err == nil; {
			again := make([]*regress.Row, s.Jobs)
			for i := range again {
				again[i] = row
			}
			if err := t.round(ctx, s, again, func(r regress.Result) {
				runs++
				if r.Verdict.Bad() {
					failed++
				}
			}); err != nil {
				return err
			}
		}
		if t.o.form == asText {
			t.print(fmt.Sprintf("%s: %d of %d runs failed\n", row.ID, failed, runs))
		}
	}
	return nil
}

func readReport(name string) (*regress.Report, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := regress.ReadReport(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// compare compares two reports that were written before.
func compare(out io.Writer, files []string) int {
	var reports []*regress.Report
	for _, name := range files {
		r, err := readReport(name)
		if err != nil {
			complain(err)
			return cli.ExitUsage
		}
		reports = append(reports, r)
	}
	changes := regress.Compare(reports[0], reports[1])
	if _, err := io.WriteString(out, regress.Changed(reports[0], changes)); err != nil {
		complain(err)
		return regress.ExitBad
	}
	for _, c := range changes {
		if c.Regression() {
			return regress.ExitBad
		}
	}
	return regress.ExitGood
}
