package display

import (
	"maps"
	"slices"
	"time"

	"sonde/event"
	"sonde/filter"
)

// PIDs says when lines begin with the id of their thread.
type PIDs uint8

const (
	// PIDsAuto writes "[pid N] " from the moment on when there is a second
	// thread or process.
	PIDsAuto PIDs = iota
	// PIDsAlways writes "N " on every line.
	PIDsAlways
	// PIDsNever writes none: all lines are one thread's.
	PIDsNever
)

// DefaultHold is how long an open line is held back when TextOptions does not
// say.
const DefaultHold = 100 * time.Millisecond

// TextOptions is how a Text shows events. Letters are ltrace's options.
type TextOptions struct {
	Align     int  // -a: the column of "=", counted from 1
	Strings   int  // -s: how many bytes of a string are shown, or characters of a wide one
	Array     int  // -A: how many elements of an array; of system calls' arrays -s says it
	Verbose   bool // -v: structs whole
	Indent    int  // -n: spaces for each level of nesting
	NoSignals bool // -b: no lines for signals
	// Signals are those that have lines: --signals; nil is all.
	Signals *filter.Signals
	Address bool  // -i: return addresses of calls, PCs of signals
	Stamp   Stamp // -t, -tt, -ttt, -r
	Elapsed bool  // -T: the time from a call to its return
	Caller  bool  // -e, -l: the calling module before each call
	Raw     bool  // --no-demangle: names as they are in the file
	Names   bool  // --names: arguments and fields with their names
	Stacks  bool  // -w, -k: behind each line the stack of its event
	More    bool  // -k: of stacks it is said that they are cut short
	PIDs    PIDs
	UTF8    bool          // the readers' locale is UTF-8
	Start   time.Time     // the wall clock at event time 0, in the zone to show
	Hold    time.Duration // how long an open line is held back
	Colours *Colours      // --color: nil for none
	// Width is asked at the end of each line for how many columns there are, and the line
	// is cut to them: --fit. With 0 it is not; nil is no --fit.
	Width func() int
}

// Text is a sink that writes events as lines.
type Text struct {
	o TextOptions

	// watch finishes what Emit leaves behind; its mu keeps them apart.
	watch *watched
	w     *Writer
	buf   []byte // lines on their way to w
	line  int    // where the last of them begins
	args  int    // where its arguments begin, or whatever else gives way in it; 0: nothing does
	tail  int    // and where that ends
	names names
	vals  values
	sys   straceValues
	open  openCall
	stack []byte // the lines of the open call's stack
	// inside has, by thread, the system calls whose lines have ended before
	// they have.
	inside map[int]systemCall
	pids   pidState
	begun  bool          // there has been a line
	last   time.Duration // when the last line began
}

// openCall is the call whose line may yet become the line of its return.
type openCall struct {
	held     bool // all else holds only where this is set
	kind     event.Kind
	args     bool // arguments have been shown
	told     told // how far, of a system call's
	never    bool // it will not return
	id       uint64
	pid, tid int
	name     string
	exec     event.Head // of an exec within this system call, told behind it; TID 0: none
	age      int        // the number of ticks of the watch that it has seen
}

// pidState tells when a second thread or process shows.
type pidState struct {
	first int // the first thread
	more  bool
}

// How the line of a call ends when its return cannot follow on it.
const (
	unfinished = "<unfinished ...>"
	noReturn   = "<no return ...>"
	detached   = "<detached ...>"

	unavailable = "<unavailable>"
)

// NewText returns a sink that writes lines to w and has all of w until Close,
// which must be called.
func NewText(w *Writer, o TextOptions) *Text {
	if o.Hold <= 0 {
		o.Hold = DefaultHold
	}
	t := &Text{o: o, w: w, names: names{raw: o.Raw}}
	t.vals = values{
		strings: o.Strings, elems: o.Array, named: o.Names, verbose: o.Verbose, utf8: o.UTF8,
		zone: o.Start.Location(), names: &t.names,
	}
	t.sys = straceValues{values: &t.vals}
	t.inside = make(map[int]systemCall)
	t.watch = w.watch.join(o.Hold/ticks, t.tick)
	return t
}

// Wants asks for all that lines show.
func (t *Text) Wants() event.Fields {
	f := event.Args
	if !t.o.NoSignals {
		f |= event.Siginfo
	}
	if t.o.Stacks {
		f |= event.Stacks
	}
	return f
}

// Emit writes the event's line. The line of a call is held back until the next
// event, or until the traced program has been silent for TextOptions.Hold.
func (t *Text) Emit(ev event.Event) error {
	t.watch.mu.Lock()
	defer t.watch.mu.Unlock()
	t.pids.see(ev)
	switch ev := ev.(type) {
	case *event.Call:
		t.call(ev)
	case *event.Return:
		t.ret(ev)
	case *event.Abandoned:
		t.abandoned(ev)
	case *event.Passed:
		t.passed(ev)
	case *event.Signal:
		t.signal(ev)
	case *event.Stopped:
		t.stopped(ev)
	case *event.Exec:
		t.exec(ev)
	case *event.Exit:
		t.exit(ev)
	case *event.Lost:
		t.lost(ev)
	case *event.Detached:
		if t.open.pid == ev.PID {
			t.finish(detached)
		}
	case *event.Spawn, *event.Attached: // seen by pids, no lines of their own
	}
	return t.deliver()
}

// Close ends the open line and writes what is left.
func (t *Text) Close() error {
	defer t.watch.leave() // nothing wakes it behind that
	t.watch.mu.Lock()
	defer t.watch.mu.Unlock()
	t.finish(unfinished)
	for _, tid := range slices.Sorted(maps.Keys(t.inside)) {
		exec := t.inside[tid].exec
		t.execed(&exec)
	}
	t.deliver()
	return t.w.Flush()
}

// deliver hands the whole lines to the Writer and sees to it that the watch
// looks after the rest.
func (t *Text) deliver() error {
	n := len(t.buf)
	if t.open.held {
		n = t.line
		t.args, t.tail = t.args-n, t.tail-n
	}
	if n > 0 {
		t.w.Write(t.buf[:n]) // the error is in w.Err
		t.buf = t.buf[:copy(t.buf, t.buf[n:])]
		t.line = 0
	}
	if t.pending() {
		t.watch.wake()
	}
	return t.w.Err()
}

// pending tells whether something waits for the next event.
func (t *Text) pending() bool { return t.open.held || t.w.buffered() }

// tick ends a line that has been open for Hold and writes what has been
// collected.
func (t *Text) tick() (more bool) {
	if t.open.held {
		if t.open.age++; t.open.age > ticks {
			t.finish(unfinished)
			t.deliver()
		}
	}
	t.w.Flush() // the next Emit returns the error
	return t.pending()
}

// finish ends the open line, if there is one.
func (t *Text) finish(how string) {
	switch {
	case !t.open.held:
		return
	case t.open.kind == event.System:
		t.finishSystem(how)
	case t.open.never:
		t.endWith(noReturn)
		t.endStack()
	default:
		t.endWith(how)
		t.endStack()
	}
	t.open.held = false
}

// endWith ends the line of a call that is not told to its end.
func (t *Text) endWith(how string) {
	t.tail = len(t.buf)
	t.buf = t.o.Colours.word(append(t.buf, ' '), pieceEvent, how)
	t.endLine()
}

// endLine ends a line.
func (t *Text) endLine() { t.buf = t.ended(t.buf, t.line, t.args, t.tail) }

// ended ends the line b[line:], of which b[args:tail] may give way.
func (t *Text) ended(b []byte, line, args, tail int) []byte {
	if t.o.Width != nil {
		b = fit(b, line, args, tail, t.o.Width())
	}
	return append(b, '\n')
}

// see takes note of the threads that an event speaks of.
func (p *pidState) see(ev event.Event) {
	switch ev := ev.(type) {
	case *event.Spawn:
		p.more = true
	case *event.Attached:
		p.more = p.more || ev.Threads > 1
	}
	switch tid := ev.Header().TID; {
	case tid == 0: // of no thread
	case p.first == 0:
		p.first = tid
	case p.first != tid:
		p.more = true
	}
}
