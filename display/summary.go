package display

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"sonde/event"
)

// SummaryOptions is what a Summary tells apart and how it shows it.
type SummaryOptions struct {
	Caller bool // -e, -l: calls by different modules, with the module
	Raw    bool // --no-demangle: names as they are in the file
}

// Summary is a sink that counts calls and their time by function, and prints a
// table of them when it is closed. What a Text would show alike counts as one
// function. Times include those of enclosed calls.
type Summary struct {
	w     io.Writer
	o     SummaryOptions
	names names
	rows  map[string]*functionTotal // by what they show
	total map[callee]*functionTotal // the same, by what events say
	open  map[uint64]countedCall
	now   time.Duration // of the last event
}

// callee is whom a call goes to, and who makes it if that is told apart.
type callee struct{ caller, module, name string }

type functionTotal struct {
	shown string
	calls uint64
	time  time.Duration
}

// countedCall is a call that has been counted and has not ended.
type countedCall struct {
	total    *functionTotal
	since    time.Duration
	pid, tid int
}

// NewSummary returns a sink that writes its table to w.
func NewSummary(w io.Writer, o SummaryOptions) *Summary {
	return &Summary{
		w: w, o: o, names: names{raw: o.Raw},
		rows:  make(map[string]*functionTotal),
		total: make(map[callee]*functionTotal),
		open:  make(map[uint64]countedCall),
	}
}

// Wants asks for nothing: counting takes no arguments.
func (s *Summary) Wants() event.Fields { return 0 }

// Emit counts. It returns nil.
func (s *Summary) Emit(ev event.Event) error {
	s.now = max(s.now, ev.Header().Time)
	switch ev := ev.(type) {
	case *event.Call:
		s.call(ev)
	case *event.Return:
		// The call that a forked child returns from is its parent's.
		if c, ok := s.open[ev.ID]; ok && !ev.Inherited {
			c.total.time += ev.Elapsed
			delete(s.open, ev.ID)
		}
	case *event.Abandoned:
		s.end(ev.ID)
	case *event.Exit:
		s.endAll(func(c countedCall) bool { return c.tid == ev.TID || ev.Process && c.pid == ev.PID })
	case *event.Exec:
		s.endAll(func(c countedCall) bool { return c.pid == ev.PID })
	case *event.Detached:
		s.endAll(func(c countedCall) bool { return c.pid == ev.PID })
	}
	return nil
}

func (s *Summary) call(c *event.Call) {
	to := callee{c.Caller, c.Module, c.Name}
	if c.Caller != "" && !s.o.Caller {
		to.caller, to.module = "", ""
	}
	total := s.total[to]
	if total == nil {
		total = s.row(to)
		s.total[to] = total
	}
	total.calls++
	s.open[c.ID] = countedCall{total, c.Time, c.PID, c.TID}
}

// row returns the row of the table that counts calls of to.
func (s *Summary) row(to callee) *functionTotal {
	shown := string(appendCallee(nil, to.caller, to.module, s.names.of(to.name), true, true))
	if s.rows[shown] == nil {
		s.rows[shown] = &functionTotal{shown: shown}
	}
	return s.rows[shown]
}

// end accounts for the call id, which did not return, up to now.
func (s *Summary) end(id uint64) {
	if c, ok := s.open[id]; ok {
		c.total.time += s.now - c.since
		delete(s.open, id)
	}
}

func (s *Summary) endAll(match func(countedCall) bool) {
	for id, c := range s.open {
		if match(c) {
			s.end(id)
		}
	}
}

// Close prints the table. Calls that have not ended count up to the last event.
func (s *Summary) Close() error {
	s.endAll(func(countedCall) bool { return true })
	if _, err := s.w.Write(s.table()); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

const summaryRule = "------ ----------- ----------- --------- --------------------\n"

// table returns the lines of ltrace's -c: percentages are rounded, times cut
// to microseconds, and the total is what the column adds up to.
func (s *Summary) table() []byte {
	rows := make([]*functionTotal, 0, len(s.rows))
	var calls, usecs uint64
	for _, f := range s.rows {
		rows = append(rows, f)
		calls += f.calls
		usecs += f.usecs()
	}
	slices.SortFunc(rows, func(a, b *functionTotal) int {
		return cmp.Or(cmp.Compare(b.time, a.time), cmp.Compare(b.calls, a.calls), cmp.Compare(a.shown, b.shown))
	})
	var out bytes.Buffer
	out.WriteString("% time     seconds  usecs/call     calls      function\n" + summaryRule)
	for _, f := range rows {
		us := f.usecs()
		var share uint64 // in hundredths of a percent
		if usecs > 0 {
			share = uint64(float64(us)/float64(usecs)*10000 + 0.5)
		}
		fmt.Fprintf(&out, "%3d.%02d %4d.%06d %11d %9d %s\n", share/100, share%100,
			us/1e6, us%1e6, us/f.calls, f.calls, f.shown)
	}
	out.WriteString(summaryRule)
	fmt.Fprintf(&out, "100.00 %4d.%06d             %9d total\n", usecs/1e6, usecs%1e6, calls)
	return out.Bytes()
}

func (f *functionTotal) usecs() uint64 { return uint64(max(f.time, 0) / time.Microsecond) }
