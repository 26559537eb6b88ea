package display

import (
	"flag"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"sonde/event"
	"sonde/prototype"
)

var longTrace = flag.Int("long", 1_000_000, "the number of events in TestLongTrace")

// nowhere is a file of which nothing stays.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }

// program makes the events of one that runs for long: processes come and go, each with a
// few threads, that call, are interrupted, leave calls without returning, and are killed
// within others.
type program struct {
	sink   event.Sink
	err    error
	events int
	id     uint64
	tid    int
	names  []string
	call   event.Call
	ret    event.Return
}

// maxTID is where ids begin anew, as /proc/sys/kernel/pid_max has it by default.
const maxTID = 32768

func (p *program) emit(ev event.Event) {
	h := ev.Header()
	h.Time = time.Duration(p.events) * time.Microsecond
	p.events++
	if err := p.sink.Emit(ev); p.err == nil {
		p.err = err
	}
}

func (p *program) nextTID() int {
	p.tid = p.tid%maxTID + 1
	return p.tid
}

// process has a process live and die.
func (p *program) process() {
	pid := p.nextTID()
	threads := []int{pid}
	for range 3 {
		tid := p.nextTID()
		p.emit(&event.Spawn{Head: event.Head{PID: pid, TID: pid}, ChildPID: pid, ChildTID: tid})
		threads = append(threads, tid)
	}
	for round := range 100 {
		for i, tid := range threads {
			p.work(event.Head{PID: pid, TID: tid}, round+i)
		}
	}
	for _, tid := range threads[1:] {
		p.enter(event.Head{PID: pid, TID: tid}, 3) // and never leaves
		p.emit(&event.Exit{Head: event.Head{PID: pid, TID: tid}})
	}
	p.enter(event.Head{PID: pid, TID: pid}, 4)
	p.emit(&event.Exit{Head: event.Head{PID: pid, TID: pid}, Signal: 9, Process: true})
}

// work is a call with another one in it, and now and then something else.
func (p *program) work(h event.Head, n int) {
	outer := p.enter(h, n)
	inner := p.enter(h, n+1)
	if n%16 == 0 {
		p.emit(&event.Signal{Head: h})
	}
	p.leave(h, inner, n+1)
	switch n % 32 {
	case 1:
		p.emit(&event.Abandoned{Head: h, ID: outer, Kind: p.kind(n), Name: p.name(n), Why: event.Jumped})
	case 2:
		p.emit(&event.Exec{Head: event.Head{PID: h.PID, TID: h.PID}, FormerTID: h.TID})
	default:
		p.leave(h, outer, n)
	}
}

func (p *program) kind(n int) event.Kind { return event.Kind(n % 2) }
func (p *program) name(n int) string     { return p.names[n%len(p.names)] }

func (p *program) enter(h event.Head, n int) uint64 {
	p.id++
	p.call.Head, p.call.ID, p.call.Kind, p.call.Name = h, p.id, p.kind(n), p.name(n)
	p.emit(&p.call)
	return p.id
}

func (p *program) leave(h event.Head, id uint64, n int) {
	p.ret.Head, p.ret.ID, p.ret.Kind, p.ret.Name = h, id, p.kind(n), p.name(n)
	p.emit(&p.ret)
}

// TestLongTrace holds that what a sink keeps does not grow with the trace. A trace of ten
// million events (-long 10000000) takes no more than a tenth of it.
func TestLongTrace(t *testing.T) {
	for _, c := range []struct {
		name string
		sink func() event.Sink
	}{
		{"text", func() event.Sink { return NewText(NewWriter(nowhere{}, true), TextOptions{Strings: 32, Start: start}) }},
		{"JSON", func() event.Sink { return NewJSON(NewWriter(nowhere{}, true), JSONOptions{Strings: 32}) }},
		{"table", func() event.Sink { return NewSummary(nowhere{}, SummaryOptions{}) }},
		{"files of threads", func() event.Sink {
			return NewSeparate(256, func(int, bool) (io.WriteCloser, error) { return nowhere{}, nil }, separateText)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &program{sink: c.sink()}
			for i := range 500 {
				p.names = append(p.names, fmt.Sprintf("_ZN3foo%dfunction%dEv", len(fmt.Sprint("function", i)), i))
			}
			p.call.Args = []prototype.Value{{Word: 1, Text: []byte("text")}}
			run := func(events int) int64 {
				for p.events < events {
					p.process()
				}
				return heapInUse()
			}
			begun := run(*longTrace / 10)
			ended := run(*longTrace)
			t.Logf("%d KiB in use, after %d events %d KiB", begun>>10, p.events, ended>>10)
			// What the collector has not seen yet, and tables that have doubled.
			if ended > begun+begun/2+1<<20 {
				t.Errorf("%d bytes are in use, after ten times as many events %d", begun, ended)
			}
			if err := p.sink.Close(); p.err != nil || err != nil {
				t.Errorf("%v, %v", p.err, err)
			}
		})
	}
}

// heapInUse returns the bytes of what can be reached.
func heapInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
