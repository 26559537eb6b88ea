package main

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/display"
	"sonde/event"
	"sonde/filter"
)

// newSink returns what the trace becomes: a table, or what it is written as, in one place
// or for each thread in its own; or that and a table.
func newSink(o *options, out *output, shown *filter.Signals, start time.Time) event.Sink {
	if o.Count {
		return newSummary(o, out.file, start, true)
	}
	write := newTrace(o, out, shown, start)
	var sink event.Sink
	table := out.file
	if out.file == nil {
		sink, table = display.NewSeparate(descriptorLimit(), out.thread, write), cli.File(unix.Stderr)
	} else {
		sink = write(display.NewWriter(out.file, out.collects()))
	}
	if o.Summary {
		return event.Tee{sink, newSummary(o, table, start, out.file == nil)}
	}
	return sink
}

// newTrace returns what makes sinks that write the trace.
func newTrace(o *options, out *output, shown *filter.Signals, start time.Time) func(*display.Writer) event.Sink {
	if o.JSON {
		return func(w *display.Writer) event.Sink { return newJSON(o, w, shown, start) }
	}
	pids := display.PIDsAuto
	switch {
	case o.Separate:
		pids = display.PIDsNever
	case o.Output != "" && (o.Follow || len(o.PIDs) > 0):
		pids = display.PIDsAlways
	}
	shape := display.TextOptions{
		Align: o.Align, Strings: o.Strings, Array: o.Elements, Names: o.Names, Indent: o.Indent,
		NoSignals: o.NoSignals, Signals: shown, Verbose: o.Verbose, Address: o.Address, Stamp: o.Stamp, Elapsed: o.Elapsed,
		Caller: o.showCaller(), Raw: o.Raw, PIDs: pids, UTF8: utf8Locale(), Start: start,
		Stacks: o.frames() > 0, More: o.Where == 0, Hold: display.DefaultHold,
		Colours: o.colours(out.file, os.Getenv, complain), Width: o.width(out.file, os.Getenv),
	}
	return func(w *display.Writer) event.Sink { return display.NewText(w, shape) }
}

// newJSON returns a sink for --json.
func newJSON(o *options, w *display.Writer, shown *filter.Signals, start time.Time) event.Sink {
	return display.NewJSON(w, jsonOptions(o, shown, start))
}

// jsonOptions is what --json tells.
func jsonOptions(o *options, shown *filter.Signals, start time.Time) display.JSONOptions {
	return display.JSONOptions{
		Header: display.JSONHeader{
			Start: start, Command: o.Command, PIDs: o.PIDs, Arch: machine(), Version: cli.Release,
		},
		Strings: o.Strings, Array: o.Elements, Verbose: o.Verbose, NoSignals: o.NoSignals, Signals: shown,
		Raw: o.Raw, Names: o.Names, Stacks: o.frames() > 0, Hold: display.DefaultHold,
	}
}

// machine is what uname(2) calls the machine; "" where it does not say.
func machine() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Machine[:])
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
