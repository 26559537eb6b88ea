package display

import (
	"fmt"
	"io"
	"time"

	"sonde/event"
)

// SummaryOptions is what a Summary tells apart and how it shows it.
type SummaryOptions struct {
	By     SummaryBy     // --by
	Sort   SummaryColumn // --sort
	Spread bool          // -cc: the shortest, the longest and quantiles, too
	Raw    bool          // --no-demangle: names as they are in the file
	UTF8   bool          // the readers' locale is UTF-8
	// JSON has JSON lines in the place of the table; nil: there is a table.
	JSON *SummaryJSON
	// Tracing is how much of a call's time, and of what encloses it, is the
	// tracer's; the zero value: it is not known, and nothing is said of it.
	Tracing TracingCost
}

// SummaryJSON is how a Summary writes JSON lines.
type SummaryJSON struct {
	Options JSONOptions // as far as the header tells of them
	Alone   bool        // the header comes first: no JSON of the trace has written it
}

// TracingCost is what tracing a call takes of the traced program's time.
type TracingCost struct {
	Within  time.Duration // of the time that is told of the call
	Outside time.Duration // of that of what encloses it
}

// Summary is a sink that counts calls, their failures and their time by
// function, and prints a table of them when it is closed. What a Text would show
// alike counts as one function.
//
// The time of a call is from its Call to its end, and of it that is its own in
// which no traced call runs that it has made: of each call its own time and the
// times of the calls that it encloses are its time, to the nanosecond. What has
// not returned ends with its thread, and a call at the latest with the one that
// encloses it.
type Summary struct {
	w     *Writer
	o     SummaryOptions
	names names
	rows  map[rowKey]*row    // by what they show
	known map[calleeKey]*row // the same, by what events say
	calls callTree
	lost  uint64
	now   time.Duration // of the last event
}

// NewSummary returns a sink that writes its table to w.
func NewSummary(w io.Writer, o SummaryOptions) *Summary {
	return &Summary{
		w: NewWriter(w, false), o: o, names: names{raw: o.Raw},
		rows:  make(map[rowKey]*row),
		known: make(map[calleeKey]*row),
		calls: newCallTree(),
	}
}

// Wants asks for no more than names: counting takes no arguments.
func (s *Summary) Wants() event.Fields {
	if s.o.By&ByLibrary != 0 {
		return event.Modules
	}
	return 0
}

// Emit counts. It returns nil.
func (s *Summary) Emit(ev event.Event) error {
	s.now = max(s.now, ev.Header().Time)
	switch ev := ev.(type) {
	case *event.Call:
		s.calls.begin(ev, s.rowOf(ev))
	case *event.Return:
		if !ev.Inherited { // what a forked child returns from is its parent's call
			s.calls.end(ev.ID, s.now, ev.Failed)
		}
	case *event.Abandoned:
		s.calls.end(ev.ID, s.now, false)
	case *event.Exit:
		if ev.Process {
			s.calls.endProcess(ev.PID, s.now)
		} else {
			s.calls.endThread(ev.TID, s.now)
		}
	case *event.Exec:
		s.calls.endProcess(ev.PID, s.now)
	case *event.Detached:
		s.calls.endProcess(ev.PID, s.now)
	case *event.Lost:
		s.lost += ev.N
	}
	return nil
}

// Close prints the table, or the JSON lines. Calls that have not ended count up to the last event.
func (s *Summary) Close() error {
	s.calls.endAll(s.now)
	if s.o.JSON != nil {
		s.w.Write(s.json())
	} else {
		s.w.Write(s.table())
	}
	if err := s.w.Flush(); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}
