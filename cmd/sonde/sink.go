package main

import (
	"os"
	"strings"
	"time"

	"sonde/display"
	"sonde/event"
	"sonde/filter"
)

// newSink returns what the trace becomes: a table, or lines.
func newSink(o *options, out *output, shown *filter.Signals, start time.Time) event.Sink {
	if o.Count {
		return display.NewSummary(out.file, display.SummaryOptions{Caller: o.showCaller(), Raw: o.Raw})
	}
	pids := display.PIDsAuto
	if o.Output != "" && (o.Follow || len(o.PIDs) > 0) {
		pids = display.PIDsAlways
	}
	return display.NewText(display.NewWriter(out.file, o.Output != ""), display.TextOptions{
		Align: o.Align, Strings: o.Strings, Array: o.Elements, Names: o.Names, Indent: o.Indent,
		NoSignals: o.NoSignals, Signals: shown, Verbose: o.Verbose, Address: o.Address, Stamp: o.Stamp, Elapsed: o.Elapsed,
		Caller: o.showCaller(), Raw: o.Raw, PIDs: pids, UTF8: utf8Locale(), Start: start,
		Stacks: o.frames() > 0, More: o.Where == 0, Hold: display.DefaultHold,
	})
}

// utf8Locale tells whether the readers' locale is UTF-8 (locale(7): the first
// of the three that is set counts).
func utf8Locale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
