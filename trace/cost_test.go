package trace

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/event"
	"sonde/filter"
	"sonde/proc"
)

// discarding is a sink that wants nothing.
type discarding struct{}

func (discarding) Wants() event.Fields    { return 0 }
func (discarding) Emit(event.Event) error { return nil }
func (discarding) Close() error           { return nil }

// TestMeasureCostPinned holds that what is done to the Tracer's thread for it is gone
// with the measurement.
func TestMeasureCostPinned(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
	opt := Options{Calls: filter.DefaultCalls()}
	if _, err := MeasureCost(opt, discarding{}, (*proc.Tracer).Pin); err != nil {
		t.Fatal(err)
	}
	if err := unix.SchedGetaffinity(0, &after); err != nil || after != before {
		t.Errorf("the thread may use %d CPUs, before it %d (%v)", after.Count(), before.Count(), err)
	}
}

// TestMeasureCost holds that all calls of the small program are seen, of the kinds that
// are traced, and that what they cost has been measured: more than nothing.
func TestMeasureCost(t *testing.T) {
	functions := filter.DefaultCalls()
	all, err := filter.ParseSyscalls("all")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		opt  Options
	}{
		{"functions", Options{Calls: functions}},
		{"system calls", Options{Syscalls: all}},
		{"both", Options{Calls: functions, Syscalls: all}},
	} {
		cost, err := MeasureCost(c.opt, discarding{}, func(*proc.Tracer) error { return nil })
		if err != nil || cost.Within <= 0 || cost.Outside <= 0 {
			t.Errorf("%s: %+v, %v", c.name, cost, err)
		}
		t.Logf("%s: %+v", c.name, cost)
	}
}
