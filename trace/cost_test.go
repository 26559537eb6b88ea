package trace

import (
	"testing"

	"sonde/event"
	"sonde/filter"
	"sonde/proc"
)

// discarding is a sink that wants nothing.
type discarding struct{}

func (discarding) Wants() event.Fields    { return 0 }
func (discarding) Emit(event.Event) error { return nil }
func (discarding) Close() error           { return nil }

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
