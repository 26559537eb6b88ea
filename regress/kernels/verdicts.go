package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sonde/regress"
)

// kept are the verdicts of a pass. A file of them has a row a line, with its verdict and,
// for people, the reason; what is not there has passed, so that a row that is added need
// not be added there.
type kept struct {
	release string
	results map[string]regress.Result
	order   []string // of the rows
}

// writeVerdicts keeps what came of a pass. A verdict that somebody would have to look at
// is kept as well: the file says what the kernel does, not what it should.
func writeVerdicts(name string, r *regress.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Linux %s: %s. What is not named passes.\n", r.Machine.Release, regress.Summary(r.Results))
	for _, res := range r.Results {
		if res.Verdict != regress.Pass {
			fmt.Fprintf(&b, "%-5s %s %s\n", res.Verdict, res.ID, strings.ReplaceAll(res.Reason, "\n", " "))
		}
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(b.String()), 0o644)
}

// readVerdicts reads what writeVerdicts has written.
func readVerdicts(name string) (*kept, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	k := &kept{results: make(map[string]regress.Result)}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if release, ok := strings.CutPrefix(lines.Text(), "# Linux "); ok {
			k.release, _, _ = strings.Cut(release, ":")
			continue
		}
		verdict, rest, _ := strings.Cut(lines.Text(), " ")
		id, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
		switch regress.Verdict(verdict) {
		case regress.Fail, regress.XPass, regress.XFail, regress.Skip, regress.Error:
		default:
			return nil, fmt.Errorf("%s:%d: %q is no verdict that is kept", name, n, verdict)
		}
		if id == "" || k.results[id].ID != "" {
			return nil, fmt.Errorf("%s:%d: row %q is there twice, or has no name", name, n, id)
		}
		k.order = append(k.order, id)
		k.results[id] = regress.Result{ID: id, Verdict: regress.Verdict(verdict), Reason: reason}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if k.release == "" {
		return nil, fmt.Errorf("%s: %w", name, errors.New("it does not tell of which kernel it is"))
	}
	return k, nil
}

// report returns what is kept as a report with the rows of another one, and, if that has
// all rows that its pass should, those that only the file has.
func (k *kept) report(now *regress.Report, all bool) *regress.Report {
	r := &regress.Report{Schema: regress.Schema, Machine: &regress.Machine{Release: k.release}}
	ran := make(map[string]bool)
	for _, res := range now.Results {
		ran[res.ID] = true
		had := k.results[res.ID]
		r.Results = append(r.Results, regress.Result{
			ID: res.ID, Verdict: cmp.Or(had.Verdict, regress.Pass), Reason: had.Reason,
		})
	}
	for _, id := range k.order {
		if all && !ran[id] {
			r.Results = append(r.Results, k.results[id])
		}
	}
	return r
}
