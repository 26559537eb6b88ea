package regress

import (
	"cmp"
	"context"
	"slices"
)

// Relied returns the rows that something of Sonde's depends on (Row.Relies), in their
// order. Those that look for a race are among them; Suite.Loop says for how long they do.
func Relied() []*Row {
	return slices.DeleteFunc(Rows(), func(r *Row) bool { return r.Relies == "" })
}

// Examine looks at the machine and runs rows on it, and returns the report, with the
// results in the order of the rows. If each is not nil, it is handed every result as it
// comes. When ctx ends, the report has what came before, and the error is that of ctx.
func Examine(ctx context.Context, s *Suite, rows []*Row, each func(Result)) (*Report, error) {
	m, err := Look(ctx, s)
	if err != nil {
		return nil, err
	}
	report := &Report{Schema: Schema, Machine: m}
	err = s.Run(ctx, m, rows, func(r Result) bool {
		report.Results = append(report.Results, r)
		if each != nil {
			each(r)
		}
		return true
	})
	place := make(map[string]int, len(rows))
	for i, row := range rows {
		place[row.ID] = i
	}
	slices.SortStableFunc(report.Results, func(a, b Result) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	return report, cmp.Or(err, ctx.Err())
}

// Consequence is what a kernel that misbehaves does to Sonde.
type Consequence struct {
	Result
	Title  string // what should be so, of the row
	Relies string // what of Sonde does not work
}

// Consequences are those of the rows that have failed, whether that was expected or not.
func (r *Report) Consequences() []Consequence {
	var all []Consequence
	for _, res := range r.Results {
		row := rowByID(res.ID)
		if row != nil && row.Relies != "" && (res.Verdict == Fail || res.Verdict == XFail) {
			all = append(all, Consequence{Result: res, Title: row.Title, Relies: row.Relies})
		}
	}
	return all
}
