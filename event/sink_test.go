package event

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// recorder notes what is done to it in a log that it shares with others.
type recorder struct {
	name      string
	wants     Fields
	emit, end error
	log       *[]string
}

func (r *recorder) Wants() Fields { return r.wants }

func (r *recorder) Emit(ev Event) error {
	*r.log = append(*r.log, fmt.Sprintf("%s: %T of %d", r.name, ev, ev.Header().TID))
	return r.emit
}

func (r *recorder) Close() error {
	*r.log = append(*r.log, r.name+": closed")
	return r.end
}

func TestTeeWants(t *testing.T) {
	for _, c := range []struct {
		sinks []Fields
		want  Fields
	}{
		{nil, 0},
		{[]Fields{0}, 0},
		{[]Fields{Args}, Args},
		{[]Fields{Args, Siginfo}, Args | Siginfo},
		{[]Fields{0, Siginfo, 0, Siginfo}, Siginfo},
	} {
		var tee Tee
		for _, f := range c.sinks {
			tee = append(tee, &recorder{wants: f})
		}
		if got := tee.Wants(); got != c.want {
			t.Errorf("%v: %b, want %b", c.sinks, got, c.want)
		}
	}
}

// TestTee holds that each sink gets everything in order, also after one before
// it has failed, and that no failure is lost.
func TestTee(t *testing.T) {
	errFull, errPipe, errEnd := errors.New("disk full"), errors.New("broken pipe"), errors.New("late")
	var log []string
	tee := Tee{
		&recorder{name: "a", emit: errFull, log: &log},
		&recorder{name: "b", end: errEnd, log: &log},
		&recorder{name: "c", emit: errPipe, log: &log},
	}
	for _, ev := range []Event{&Call{Head: Head{TID: 1}}, &Exit{Head: Head{TID: 2}}} {
		err := tee.Emit(ev)
		if !errors.Is(err, errFull) || !errors.Is(err, errPipe) {
			t.Errorf("%T: %v", ev, err)
		}
	}
	if err := tee.Close(); !errors.Is(err, errEnd) || errors.Is(err, errFull) {
		t.Errorf("close: %v", err)
	}
	want := []string{
		"a: *event.Call of 1", "b: *event.Call of 1", "c: *event.Call of 1",
		"a: *event.Exit of 2", "b: *event.Exit of 2", "c: *event.Exit of 2",
		"a: closed", "b: closed", "c: closed",
	}
	if !slices.Equal(log, want) {
		t.Errorf("%q, want %q", log, want)
	}
}

func TestTeeEmpty(t *testing.T) {
	if err := (Tee{}).Emit(&Call{}); err != nil {
		t.Error(err)
	}
	if err := (Tee{}).Close(); err != nil {
		t.Error(err)
	}
}

// silent is a sink that does nothing.
type silent struct{}

func (silent) Wants() Fields    { return 0 }
func (silent) Emit(Event) error { return nil }
func (silent) Close() error     { return nil }

// TestTeeAllocates holds that handing an event on costs no memory.
func TestTeeAllocates(t *testing.T) {
	tee, ev := Tee{silent{}, silent{}}, &Call{}
	if n := testing.AllocsPerRun(100, func() {
		if err := tee.Emit(ev); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestHeader holds that every event leads to its own head.
func TestHeader(t *testing.T) {
	head := Head{Time: time.Second, PID: 1, TID: 2}
	for _, ev := range []Event{
		&Call{Head: head},
		&Return{Head: head},
		&Abandoned{Head: head},
		&Signal{Head: head},
		&Stopped{Head: head},
		&Spawn{Head: head, ChildPID: 8, ChildTID: 9},
		&Exec{Head: head},
		&Exit{Head: head},
		&Attached{Head: head},
		&Detached{Head: head},
		&Lost{Head: head},
	} {
		if got := ev.Header(); *got != head {
			t.Errorf("%T: %+v", ev, *got)
		}
		ev.Header().TID = 7
		if ev.Header().TID != 7 {
			t.Errorf("%T: its header is a copy", ev)
		}
	}
}
