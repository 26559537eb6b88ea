package display

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sonde/symname"
)

// SummaryBy is what a Summary tells apart besides functions.
type SummaryBy uint8

// What calls of one function may be told apart by.
const (
	ByThread  SummaryBy = 1 << iota // the thread that makes them
	ByCaller                        // the module that makes them
	ByLibrary                       // the module that they go to
)

var summaryBys = []struct {
	name string
	by   SummaryBy
}{{"thread", ByThread}, {"caller", ByCaller}, {"library", ByLibrary}}

// SummaryBys returns the names that ParseSummaryBy reads.
func SummaryBys() (names []string) {
	for _, b := range summaryBys {
		names = append(names, b.name)
	}
	return names
}

// ParseSummaryBy reads a list of names, with commas between them.
func ParseSummaryBy(list string) (by SummaryBy, err error) {
	names := SummaryBys()
	for word := range strings.SplitSeq(list, ",") {
		i := slices.Index(names, word)
		if i < 0 {
			return 0, unknownWord(word, names)
		}
		by |= summaryBys[i].by
	}
	return by, nil
}

// SummaryColumn is a figure of a Summary's rows, or their name.
type SummaryColumn uint8

// The columns that rows can be sorted by.
const (
	ColumnSelf SummaryColumn = iota
	ColumnTotal
	ColumnCalls
	ColumnErrors
	ColumnMean
	ColumnMin
	ColumnMax
	ColumnP50
	ColumnP90
	ColumnP99
	ColumnName
)

var summaryColumns = []string{"self", "total", "calls", "errors", "mean", "min", "max", "p50", "p90", "p99", "name"}

// SummaryColumns returns the names that ParseSummaryColumn reads.
func SummaryColumns() []string { return slices.Clone(summaryColumns) }

// ParseSummaryColumn reads the name of a column.
func ParseSummaryColumn(name string) (SummaryColumn, error) {
	i := slices.Index(summaryColumns, name)
	if i < 0 {
		return 0, unknownWord(name, summaryColumns)
	}
	return SummaryColumn(i), nil
}

// spread tells of the columns that only a wide table has.
func (c SummaryColumn) spread() bool { return ColumnMin <= c && c <= ColumnP99 }

// of returns a row's figure. A name has none.
func (c SummaryColumn) of(r *row) int64 {
	switch c {
	case ColumnSelf:
		return int64(r.self)
	case ColumnTotal:
		return int64(r.total)
	case ColumnCalls:
		return int64(r.calls)
	case ColumnErrors:
		return int64(r.errors)
	case ColumnMean:
		return int64(r.elapsed.mean())
	case ColumnMin:
		return int64(r.elapsed.min)
	case ColumnMax:
		return int64(r.elapsed.max)
	case ColumnP50:
		return int64(r.elapsed.quantile(50))
	case ColumnP90:
		return int64(r.elapsed.quantile(90))
	case ColumnP99:
		return int64(r.elapsed.quantile(99))
	}
	return 0
}

// sorted sorts rows by a column, the greatest first, names from a to z. Of rows
// that are equal there those come first that have taken more time of their own,
// or are called more often.
func sorted(rows []*row, by SummaryColumn) []*row {
	figures := make(map[*row]int64, len(rows)) // a quantile takes some time
	for _, r := range rows {
		figures[r] = by.of(r)
	}
	slices.SortFunc(rows, func(a, b *row) int {
		named := cmp.Or(cmp.Compare(a.shown, b.shown), cmp.Compare(a.tid, b.tid))
		if by == ColumnName && named != 0 {
			return named
		}
		return cmp.Or(cmp.Compare(figures[b], figures[a]), cmp.Compare(b.self, a.self), cmp.Compare(b.calls, a.calls), named)
	})
	return rows
}

// unknownWord refuses a word, and names the nearest of those that there are, or all.
func unknownWord(word string, known []string) error {
	if near := symname.Nearest(word, slices.Values(known), 1); len(near) > 0 {
		return fmt.Errorf("there is no %q; the nearest is %s", word, near[0])
	}
	return fmt.Errorf("there is no %q; there are %s", word, strings.Join(known, ", "))
}
