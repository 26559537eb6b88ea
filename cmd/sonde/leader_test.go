package main

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sonde/display"
	"sonde/event"
	"sonde/filter"
	"sonde/internal/testkit"
	"sonde/proc"
	"sonde/trace"
)

// errEnough ends a trace.
var errEnough = errors.New("enough")

// callSink takes calls of functions, and has enough of a hundred.
type callSink struct {
	event.Sink
	calls int
}

// Emit is event.Sink's.
func (c *callSink) Emit(ev event.Event) error {
	if _, ok := ev.(*event.Call); ok {
		if c.calls++; c.calls == 100 {
			return errEnough
		}
	}
	return c.Sink.Emit(ev)
}

// TestLeaderEndsWhileRead has the first thread of a process end in the middle of what
// is read of it at an attachment: the calls of the other one are traced, and nothing is
// complained about.
func TestLeaderEndsWhileRead(t *testing.T) {
	target := testkit.StartTarget(t, nil, build(t, "attach_leader.c", "-O1"))
	o, err := parseOptions([]string{"-e", "atoi+toupper", "-p", "1"}, func(string) string { return "" }, func() int { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	what, err := o.filters()
	if err != nil {
		t.Fatal(err)
	}
	what.Strings, what.Elements, what.Start, what.Prototypes = o.Strings, o.Elements, time.Now(), newShelf(o)
	what.Warn = func(err error) { // nothing would be traced
		t.Error(err)
		target.Signal(t, syscall.SIGKILL)
	}
	ended := false
	what.Debug = func(text string) {
		if strings.Contains(text, "arguments are read by") && !ended { // the first thing that is read
			ended = true
			target.Type(t, "x")
			awaitZombieLeader(t, target.PID)
		}
	}
	sink := &callSink{Sink: newTrace(o, &output{}, &filter.Signals{}, what.Start)(display.NewWriter(io.Discard, false))}
	err = proc.Run(func(tr *proc.Tracer) error {
		s := trace.New(tr, what, sink)
		if err := s.Attach(target.PID); err != nil {
			return err
		}
		_, err := s.Run()
		return err
	})
	if !errors.Is(err, errEnough) || !ended {
		t.Errorf("after %d calls: %v", sink.calls, err)
	}
	target.Signal(t, syscall.SIGKILL)
	target.Wait(t)
}

// TestLeaderlessListed lists a process whose first thread has ended.
func TestLeaderlessListed(t *testing.T) {
	target := testkit.StartTarget(t, nil, build(t, "attach_leader.c", "-O1"))
	target.Type(t, "x")
	awaitZombieLeader(t, target.PID)
	pid := strconv.Itoa(target.PID)
	for _, args := range [][]string{{"--list", "-p", pid}, {"doctor", pid}} {
		r := testkit.Run(t, append([]string{testkit.Sonde(t)}, args...)...)
		checkExit(t, r, 0)
		if args[0] == "--list" && !strings.Contains(r.Stdout, "toupper") {
			t.Errorf("listed are %s", r.Stdout)
		}
	}
	target.Signal(t, syscall.SIGKILL)
	target.Wait(t)
}
