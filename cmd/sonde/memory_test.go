package main

import (
	"io"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"sonde/display"
	"sonde/event"
	"sonde/filter"
	"sonde/internal/testkit"
	"sonde/proc"
	"sonde/sysdeps/ptrace"
	"sonde/trace"
)

// maxGrowth is how many bytes more may be in use after many than after few: buffers
// and maps that have met something longer. A thread's state is 1 kB and more.
const maxGrowth = 40 << 10

// TestMemoryStays traces programs that do one thing few times and many times: what is
// kept when they have ended, in memory and in open files, is the same.
func TestMemoryStays(t *testing.T) {
	program := testkit.Build(t, "testdata/churn.c", "-O1", "-pthread")
	for _, c := range []struct {
		kind      string
		few, many int
	}{
		{"calls", 200, 8200},
		{"threads", 20, 820},
		{"processes", 20, 320},
		{"programs", 10, 160},
	} {
		t.Run(c.kind, func(t *testing.T) {
			few := keptAfter(t, program, c.kind, c.few)
			many := keptAfter(t, program, c.kind, c.many)
			t.Logf("%d bytes after %d, %d after %d", few.bytes, c.few, many.bytes, c.many)
			if many.events < few.events+c.many-c.few {
				t.Fatalf("%d events of %d, %d of %d: they have not been traced", few.events, c.few, many.events, c.many)
			}
			if grown := many.bytes - few.bytes; grown > maxGrowth {
				t.Errorf("%d bytes are kept of each", grown/int64(c.many-c.few))
			}
			if many.files != few.files {
				t.Errorf("%d files are open after %d, %d after %d", few.files, c.few, many.files, c.many)
			}
		})
	}
}

// kept is what a session has when its last tracee is gone.
type kept struct {
	bytes         int64 // in use
	files, events int
}

func keptAfter(t *testing.T, program, kind string, times int) (k kept) {
	t.Helper()
	o, err := parseOptions([]string{"-f", "-S", "-yy", program}, func(string) string { return "" }, func() int { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	what, err := o.filters()
	if err != nil {
		t.Fatal(err)
	}
	what.Strings, what.Elements, what.Start, what.Detail = o.Strings, o.Elements, time.Now(), o.Detail
	what.Warn = func(err error) { t.Error(err) }
	what.Prototypes = newShelf(o)
	sink := &countingSink{Sink: newTrace(o, &output{}, &filter.Signals{}, what.Start)(display.NewWriter(io.Discard, false))}
	err = proc.Run(func(tr *proc.Tracer) error {
		tr.Follow = o.Follow
		s := trace.New(tr, what, sink)
		args := []string{program, kind, strconv.Itoa(times)}
		if err := s.Launch(&ptrace.Program{Path: program, Args: args, In: ptrace.Inherit()}); err != nil {
			return err
		}
		if result, err := s.Run(); err != nil || result != (trace.Result{}) {
			t.Errorf("%v: %+v, %v", args, result, err)
		}
		k.bytes = heapInUse()
		open, err := os.ReadDir("/proc/self/fd")
		k.files, k.events = len(open), sink.events
		runtime.KeepAlive(s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// countingSink counts the events that go to a sink.
type countingSink struct {
	event.Sink
	events int
}

// Emit is event.Sink's.
func (c *countingSink) Emit(ev event.Event) error {
	c.events++
	return c.Sink.Emit(ev)
}

// heapInUse returns the bytes of what can be reached.
func heapInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what has finalizers
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
