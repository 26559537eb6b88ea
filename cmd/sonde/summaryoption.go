package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"sonde/display"
	"sonde/event"
	"sonde/filter"
	"sonde/proc"
	"sonde/trace"
)

// summaryColumn is the argument of --sort.
type summaryColumn display.SummaryColumn

func (c *summaryColumn) Set(s string) error {
	column, err := display.ParseSummaryColumn(s)
	*c = summaryColumn(column)
	return err
}

func (c *summaryColumn) String() string { return "" }
func (c *summaryColumn) Type() string   { return "KEY" }

// summaryBy collects the arguments of --by.
type summaryBy display.SummaryBy

func (b *summaryBy) Set(s string) error {
	by, err := display.ParseSummaryBy(s)
	*b |= summaryBy(by)
	return err
}

func (b *summaryBy) String() string { return "" }
func (b *summaryBy) Type() string   { return "KEYS" }

// counts is what -c, given so many times, asks for.
func (o *options) counts(times int) error {
	if times < 0 || times > 2 {
		return fmt.Errorf("-c: given %d times, where -cc is the most", times)
	}
	o.Count, o.Spread = times > 0, times > 1
	return nil
}

// checkSummary refuses what does not go with a table, or needs one. sorts and tells
// are whether --sort and --by are given.
func (o *options) checkSummary(sorts, tells bool) error {
	switch {
	case o.Count && o.Summary:
		return errors.New("-c and --summary cannot be used together: -c leaves the trace out, --summary has it before the table")
	case o.Count || o.Summary:
		return nil
	case sorts:
		return errors.New("--sort: it is about the table that -c or --summary asks for")
	case tells:
		return errors.New("--by: it is about the table that -c or --summary asks for")
	}
	return nil
}

// newSummary returns what counts for -c or --summary. alone says that no trace is
// written to w.
func newSummary(o *options, w io.Writer, start time.Time, alone bool) event.Sink {
	so := display.SummaryOptions{
		By: display.SummaryBy(o.By), Sort: display.SummaryColumn(o.Sort), Spread: o.Spread,
		Raw: o.Raw, UTF8: utf8Locale(), Tracing: o.Tracing,
	}
	if o.showCaller() {
		so.By |= display.ByCaller
	}
	if o.JSON {
		so.JSON = &display.SummaryJSON{Options: jsonOptions(o, nil, start), Alone: alone}
	}
	return display.NewSummary(w, so)
}

// measureCost finds out what the table is to say of the cost of tracing. Where it cannot
// be known, that is left out.
func (o *options) measureCost(what trace.Options, shown *filter.Signals) {
	if !o.Count && !o.Summary {
		return
	}
	what.Strings, what.Elements, what.Whole = o.Strings, o.Elements, o.Verbose
	what.Frames, what.Lines, what.Detail, what.Prototypes = o.frames(), o.Stacks == sourceStacks, o.Detail, newShelf(o)
	sink := newSink(o, &output{name: "nowhere", file: io.Discard}, shown, time.Now())
	cost, err := trace.MeasureCost(what, sink, func(tr *proc.Tracer) error {
		if o.Pin {
			return tr.Pin()
		}
		return nil
	})
	if err = errors.Join(err, sink.Close()); err == nil {
		o.Tracing = display.TracingCost(cost)
	} else if o.Debug {
		debug(err.Error())
	}
}
