package display

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// cell is a column of the table: its heading, as wide as it is, and what a row has
// there.
type cell struct {
	heading string
	rule    string
	of      func(r, all *row) string
}

// cells are the columns before the function's name. The first four are where ltrace
// and strace have them.
func (s *Summary) cells() []cell {
	cells := []cell{
		{"% time", "------", func(r, all *row) string { return share(r, all) }},
		{"    seconds", "-----------", func(r, _ *row) string { return seconds(r.self) }},
		{" usecs/call", "-----------", func(r, _ *row) string { return micros(r.elapsed.mean()) }},
		{"    calls", "---------", func(r, _ *row) string { return fmt.Sprint(r.calls) }},
		{"   errors", "---------", func(r, _ *row) string { return errorCount(r.errors) }},
		{"      total", "-----------", func(r, _ *row) string { return seconds(r.total) }},
	}
	if s.o.Spread || s.o.Sort.spread() {
		for _, c := range []SummaryColumn{ColumnMin, ColumnP50, ColumnP90, ColumnP99, ColumnMax} {
			cells = append(cells, cell{
				fmt.Sprintf("%9s", summaryColumns[c]), "---------",
				func(r, _ *row) string { return micros(time.Duration(c.of(r))) },
			})
		}
	}
	if s.o.By&ByThread != 0 {
		cells = append(cells, cell{" thread", "-------", func(r, _ *row) string { return thread(r.tid) }})
	}
	return cells
}

// functionRule makes the table without further columns 80 wide.
const functionRule = "-----------------"

// table returns the lines of a table in the shape of ltrace's -c, and of what is to
// be known of it. Times are cut to microseconds, percentages rounded.
func (s *Summary) table() []byte {
	rows := sorted(slices.Collect(maps.Values(s.rows)), s.o.Sort)
	all := total(rows)
	cells := s.cells()
	var out bytes.Buffer
	var rule strings.Builder
	for _, c := range cells {
		out.WriteString(c.heading + " ")
		rule.WriteString(c.rule + " ")
	}
	rule.WriteString(functionRule + "\n")
	out.WriteString("function\n" + rule.String())
	line := func(r *row) {
		for _, c := range cells {
			fmt.Fprintf(&out, "%*s ", len(c.heading), c.of(r, all))
		}
		out.WriteString(r.shown + "\n")
	}
	for _, r := range rows {
		line(r)
	}
	out.WriteString(rule.String())
	line(all)
	s.remarks(&out)
	return out.Bytes()
}

// remarks writes what stands under the table.
func (s *Summary) remarks(out *bytes.Buffer) {
	if c := s.o.Tracing; c.Within > 0 {
		fmt.Fprintf(out, "Tracing takes some %s usecs of each call's time, and %s more of what encloses it.\n",
			micros(c.Within), micros(c.Outside))
	}
	if s.lost > 0 {
		fmt.Fprintf(out, "%d events were lost: there were more calls than these.\n", s.lost)
	}
}

// share returns how much of all calls' time is a row's own, in percent.
func share(r, all *row) string {
	switch {
	case r == all:
		return "100.00"
	case all.self == 0:
		return "0.00"
	}
	return fmt.Sprintf("%.2f", float64(r.self)/float64(all.self)*100)
}

func seconds(d time.Duration) string {
	us := d / time.Microsecond
	return fmt.Sprintf("%d.%06d", us/1e6, us%1e6)
}

func micros(d time.Duration) string { return fmt.Sprint(int64(d / time.Microsecond)) }

// errorCount returns a number of failures: one that is 0 does not catch the eye.
func errorCount(n uint64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func thread(tid int) string {
	if tid == 0 {
		return "-" // the table's last line is of all
	}
	return fmt.Sprint(tid)
}
