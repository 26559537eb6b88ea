package display

import (
	"strconv"
	"time"

	"sonde/event"
	"sonde/filter"
)

// jsonVersion is that of the schema, doc/sonde-json.schema.json. Within it members of
// objects are only ever added.
const jsonVersion = 1

// JSONOptions is what a JSON tells. Letters are ltrace's options.
type JSONOptions struct {
	Header    JSONHeader
	Strings   int  // -s: how many bytes of a string the texts of values show
	Array     int  // -A: how many elements of an array
	Verbose   bool // -v: structs whole
	NoSignals bool // -b: no signals
	// Signals are those that are told: --signals; nil is all.
	Signals *filter.Signals
	Raw     bool          // --no-demangle: names as they are in the file
	Names   bool          // --names: in texts fields have their names
	Stacks  bool          // -w, -k
	Hold    time.Duration // how long lines wait in the Writer
}

// JSONHeader is what the first line tells of a trace.
type JSONHeader struct {
	Start   time.Time // the wall clock at event time 0
	Command []string  // the program that is launched, and its arguments
	PIDs    []int     // the processes that are attached to
	Arch    string    // the machine, as uname(2) has it
	Version string    // of the tracer
}

// JSON is a sink that writes events as JSON lines: one object for each.
type JSON struct {
	o JSONOptions

	// watch flushes the Writer; its mu keeps Emit and it apart.
	watch *watched
	w     *Writer
	buf   []byte // the line that is being made
	text  []byte // the text of one value
	names names
	vals  values
	sys   straceValues
	data  jsonValues
}

// NewJSON returns a sink that writes to w, the header first, and has all of w until
// Close, which must be called.
func NewJSON(w *Writer, o JSONOptions) *JSON {
	if o.Hold <= 0 {
		o.Hold = DefaultHold
	}
	j := &JSON{o: o, w: w, names: names{raw: o.Raw}}
	j.vals = values{
		strings: o.Strings, elems: o.Array, named: o.Names, verbose: o.Verbose, utf8: true,
		zone: o.Header.Start.Location(), names: &j.names,
	}
	j.sys = straceValues{values: &j.vals}
	j.data.vals = &j.vals
	j.header()
	j.watch = w.watch.join(o.Hold/ticks, j.tick)
	j.watch.mu.Lock()
	defer j.watch.mu.Unlock()
	j.deliver() // its error is the first Emit's
	return j
}

// Wants asks for all that there is.
func (j *JSON) Wants() event.Fields {
	f := event.Args | event.Modules | event.Comms | event.Loads
	if !j.o.NoSignals {
		f |= event.Siginfo
	}
	if j.o.Stacks {
		f |= event.Stacks
	}
	return f
}

// Emit writes the event's line.
func (j *JSON) Emit(ev event.Event) error {
	j.watch.mu.Lock()
	defer j.watch.mu.Unlock()
	switch ev := ev.(type) {
	case *event.Call:
		j.call(ev)
	case *event.Return:
		j.ret(ev)
	case *event.Abandoned:
		j.abandoned(ev)
	case *event.Signal:
		j.signal(ev)
	case *event.Stopped:
		j.stopped(ev)
	case *event.Spawn:
		j.spawn(ev)
	case *event.Exec:
		j.exec(ev)
	case *event.Exit:
		j.exit(ev)
	case *event.Module:
		j.module(ev)
	case *event.Passed:
		j.passed(ev)
	case *event.Attached:
		j.begin("attached", &ev.Head)
		j.num("threads", ev.Threads)
		j.end()
	case *event.Detached:
		j.begin("detached", &ev.Head)
		j.end()
	case *event.Lost:
		j.lost(ev)
	case *event.Warning:
		j.begin("warning", &ev.Head)
		j.str("message", ev.Text)
		j.end()
	}
	return j.deliver()
}

// Close writes what is left.
func (j *JSON) Close() error {
	defer j.watch.leave()
	j.watch.mu.Lock()
	defer j.watch.mu.Unlock()
	return j.w.Flush()
}

// deliver hands the line to the Writer, and sees to it that it is written if nothing
// comes behind it.
func (j *JSON) deliver() error {
	if len(j.buf) > 0 {
		j.w.Write(j.buf) // the error is in w.Err
		j.buf = j.buf[:0]
	}
	if j.w.buffered() {
		j.watch.wake()
	}
	return j.w.Err()
}

// tick writes what has been collected.
func (j *JSON) tick() (more bool) {
	j.w.Flush() // the next Emit returns the error
	return false
}

func (j *JSON) header() {
	h := &j.o.Header
	j.buf = append(j.buf, `{"type":"header"`...)
	j.num("version", jsonVersion)
	j.str("clock", "monotonic")
	j.buf = appendJSONInt(appendKey(j.buf, "realtime_ns"), h.Start.UnixNano())
	j.buf = append(appendKey(j.buf, "command"), '[')
	for i, arg := range h.Command {
		if i > 0 {
			j.buf = append(j.buf, ',')
		}
		j.buf = appendJSONString(j.buf, arg)
	}
	j.buf = append(j.buf, ']')
	if len(h.PIDs) > 0 {
		j.buf = append(appendKey(j.buf, "pids"), '[')
		for i, pid := range h.PIDs {
			if i > 0 {
				j.buf = append(j.buf, ',')
			}
			j.buf = strconv.AppendInt(j.buf, int64(pid), 10)
		}
		j.buf = append(j.buf, ']')
	}
	j.str("arch", h.Arch)
	j.str("sonde", h.Version)
	j.num("strings", j.o.Strings)
	j.num("elements", j.o.Array)
	j.end()
}
