package regress

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Change is a row whose verdict differs between two reports. A verdict is "" where a
// report has no such row.
type Change struct {
	ID       string
	Old, New Verdict
	Reason   string // of the new verdict
}

// String returns the line for people.
func (c Change) String() string {
	name := func(v Verdict) string { return cmp.Or(string(v), "absent") }
	line := fmt.Sprintf("%s: %s, was %s", c.ID, name(c.New), name(c.Old))
	if c.Reason != "" {
		line += ": " + c.Reason
	}
	return line
}

// Regression tells whether it is one for the worse: what did not have to be looked at
// has to be now.
func (c Change) Regression() bool { return c.New.Bad() && !c.Old.Bad() }

// Compare returns what has changed between two reports, regressions first, and otherwise
// in the order of the rows.
func Compare(before, after *Report) []Change {
	old, now := worst(before), worst(after)
	var changes []Change
	for _, ids := range [][]string{rowOrder(after), rowOrder(before)} {
		for _, id := range ids {
			c := Change{id, old[id].Verdict, now[id].Verdict, now[id].Reason}
			known := slices.ContainsFunc(changes, func(other Change) bool { return other.ID == id })
			if c.Old != c.New && !known {
				changes = append(changes, c)
			}
		}
	}
	slices.SortStableFunc(changes, func(a, b Change) int {
		rank := func(c Change) int {
			if c.Regression() {
				return 0
			}
			return 1
		}
		return rank(a) - rank(b)
	})
	return changes
}

// Changed says what has changed since a report, a line each.
func Changed(since *Report, changes []Change) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Since %s:\n", since.Machine.Release)
	if len(changes) == 0 {
		b.WriteString("nothing has changed\n")
	}
	for _, c := range changes {
		word := "changed"
		if c.Regression() {
			word = "REGRESSION"
		}
		fmt.Fprintf(&b, "%-10s %v\n", word, c)
	}
	return b.String()
}

// worst returns the results by their rows; where a row was run more than once, the one
// that has to be looked at.
func worst(r *Report) map[string]Result {
	m := make(map[string]Result)
	for _, res := range r.Results {
		if had, ok := m[res.ID]; !ok || res.Verdict.Bad() && !had.Verdict.Bad() {
			m[res.ID] = res
		}
	}
	return m
}

func rowOrder(r *Report) (ids []string) {
	for i := range r.Results {
		ids = append(ids, r.Results[i].ID)
	}
	return ids
}
