package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/regress"
)

// teller writes results as they come, in the order of the rows, and the report at the end.
type teller struct {
	out    io.Writer
	o      *options
	report *regress.Report
	err    error // of writing
}

func (t *teller) print(s string) {
	if t.err == nil {
		_, t.err = io.WriteString(t.out, s)
	}
}

// round runs rows once. A result that comes before those of the rows in front of it waits
// for them.
func (t *teller) round(ctx context.Context, s *regress.Suite, rows []*regress.Row, each func(regress.Result)) error {
	early := make(map[string][]regress.Result)
	next := 0
	progress := newProgress(len(rows))
	defer progress.clear()
	tell := func(r regress.Result) {
		t.report.Results = append(t.report.Results, r)
		each(r)
		if t.o.form == asText {
			progress.clear()
			t.print(r.Text(t.o.verbose))
		}
	}
	err := s.Run(ctx, t.report.Machine, rows, func(r regress.Result) bool {
		early[r.ID] = append(early[r.ID], r)
		for next < len(rows) && len(early[rows[next].ID]) > 0 {
			id := rows[next].ID
			tell(early[id][0])
			early[id] = early[id][1:]
			next++
		}
		progress.done(r.ID)
		return t.err == nil
	})
	// A run that was ended leaves gaps.
	for ; next < len(rows); next++ {
		for _, r := range early[rows[next].ID] {
			tell(r)
		}
		early[rows[next].ID] = nil
	}
	return err
}

// end writes what follows the results.
func (t *teller) end(old *regress.Report) error {
	switch t.o.form {
	case asText:
		t.print("\n" + regress.Summary(t.report.Results) + "\n")
		t.tellUnsteady()
	case asJSON:
		return t.report.JSON(t.out)
	case asTAP:
		return t.report.TAP(t.out)
	case asJUnit:
		return t.report.JUnit(t.out)
	}
	if old != nil {
		t.print("\n" + regress.Changed(old, regress.Compare(old, t.report)))
	}
	return nil
}

// tellUnsteady names the rows that did not come to the same verdict in each round.
func (t *teller) tellUnsteady() {
	verdicts := make(map[string]map[regress.Verdict]int)
	var ids []string
	for _, r := range t.report.Results {
		if verdicts[r.ID] == nil {
			verdicts[r.ID] = make(map[regress.Verdict]int)
			ids = append(ids, r.ID)
		}
		verdicts[r.ID][r.Verdict]++
	}
	for _, id := range ids {
		if len(verdicts[id]) > 1 {
			t.print(fmt.Sprintf("%s is not steady: %v\n", id, verdicts[id]))
		}
	}
}

// progress is a line on a terminal that is gone when the next one is written.
type progress struct {
	shown      bool
	ran, total int
}

// newProgress returns one that shows nothing where standard error is no terminal.
func newProgress(total int) *progress {
	_, err := unix.IoctlGetTermios(unix.Stderr, unix.TCGETS)
	if err != nil || os.Getenv("TERM") == "dumb" {
		return &progress{}
	}
	return &progress{total: total}
}

func (p *progress) done(id string) {
	p.ran++
	if p.total > 0 {
		p.show(fmt.Sprintf("%d of %d, %s", p.ran, p.total, id))
	}
}

func (p *progress) show(s string) {
	const eraseLine = "\r\x1b[K"
	p.shown = s != ""
	fmt.Fprint(cli.File(unix.Stderr), eraseLine+s)
}

func (p *progress) clear() {
	if p.shown {
		p.show("")
	}
}
