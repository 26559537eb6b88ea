package display

import (
	"strconv"
	"unicode/utf8"

	"sonde/event"
	"sonde/prototype"
	"sonde/sysdeps"
)

// maxIndent caps the indentation, which a runaway recursion would otherwise
// drive to megabytes a line.
const maxIndent = 1000

// begin starts a line: the thread and the time.
func (t *Text) begin(h *event.Head) {
	t.line = len(t.buf)
	switch {
	case t.o.PIDs == PIDsAlways:
		t.buf = strconv.AppendInt(t.buf, int64(h.TID), 10)
		t.buf = append(t.buf, ' ')
	case t.pids.more && h.TID != 0:
		t.buf = append(t.buf, "[pid "...)
		t.buf = strconv.AppendInt(t.buf, int64(h.TID), 10)
		t.buf = append(t.buf, "] "...)
	}
	if !t.begun { // -r counts from the first line
		t.begun, t.last = true, h.Time
	}
	t.buf = appendStamp(t.buf, t.o.Stamp, t.o.Start, t.last, h.Time)
	t.last = h.Time
}

// beginCall starts the line of a call or of its end.
func (t *Text) beginCall(h *event.Head, returns sysdeps.Addr, depth int) {
	t.begin(h)
	t.address(returns)
	for n := min(t.o.Indent*depth, maxIndent); n > 0; n-- {
		t.buf = append(t.buf, ' ')
	}
}

func (t *Text) address(a sysdeps.Addr) {
	if t.o.Address {
		t.buf = append(t.buf, '[')
		t.buf = appendHex(t.buf, uint64(a))
		t.buf = append(t.buf, "] "...)
	}
}

func (t *Text) name(s string) { t.buf = appendName(t.buf, s, t.o.UTF8) }

// call begins a line and leaves it open.
func (t *Text) call(c *event.Call) {
	t.finish(unfinished)
	t.beginCall(&c.Head, c.Return, c.Depth)
	t.buf = appendCallee(t.buf, c.Caller, c.Module, t.names.of(c.Name), t.o.Caller, t.o.UTF8)
	t.buf = append(t.buf, '(')
	if c.Kind == event.System && c.Name == "restart_syscall" {
		t.resuming(c.Resumes)
	}
	t.open = openCall{
		held: true, kind: c.Kind, never: c.NoReturn, id: c.ID, pid: c.PID, tid: c.TID, name: c.Name,
	}
	t.stack = t.appendStack(t.stack[:0], &c.Stack)
	if c.Kind == event.System {
		t.open.told, t.open.args = t.systemCallArgs(c.Name, c.Args)
		return
	}
	t.open.args = t.list(c.Kind, c.Name, known(c.Args), false)
}

// list appends arguments in the spelling of a kind of calls, and returns whether a
// further one needs a comma before it.
func (t *Text) list(k event.Kind, name string, vs []prototype.Value, comma bool) bool {
	switch {
	case k == event.Library:
		t.buf, comma = t.vals.list(t.buf, vs, comma)
	case name == "clone":
		t.buf, comma = t.sys.cloneList(t.buf, vs, comma)
	default:
		t.buf, comma = t.sys.list(t.buf, vs, comma)
	}
	return comma
}

// known returns the arguments before the first one that the function itself is
// to fill in. Those from there on come with its return.
func known(args []prototype.Value) []prototype.Value {
	for i := range args {
		if args[i].State == prototype.Later {
			return args[:i]
		}
	}
	return args
}

// ret ends the line of its call, or makes one of its own.
func (t *Text) ret(r *event.Return) {
	comma := false
	if !r.Inherited && t.open.is(r.ID, r.TID) {
		t.open.held = false
		comma = t.open.args
	} else {
		t.resumed(&r.Head, r.Kind, r.Return, r.Depth, r.Name)
	}
	if r.Kind == event.System {
		t.systemReturnArgs(r, comma)
	} else {
		t.list(r.Kind, r.Name, r.Rest, comma)
	}
	t.equals()
	if r.Kind == event.System {
		t.systemResult(r)
	} else {
		t.result(r)
	}
	if t.o.Elapsed {
		t.buf = append(t.buf, " <"...)
		t.buf = appendMicros(t.buf, r.Elapsed)
		t.buf = append(t.buf, '>')
	}
	t.buf = append(t.buf, '\n')
	t.endStack()
	if r.Kind == event.System {
		t.leave(r.TID)
	}
}

// equals ends the arguments: ") = ".
func (t *Text) equals() {
	t.buf = append(t.buf, ") "...)
	for col := t.column(); col < t.o.Align-1; col++ {
		t.buf = append(t.buf, ' ')
	}
	t.buf = append(t.buf, "= "...)
}

// result appends what a function returned, and which error that means.
func (t *Text) result(r *event.Return) {
	v := &r.Result
	t.buf = t.vals.value(t.buf, v)
	errno, shown := r.Errno, false
	if n, ok := v.Errno(); ok {
		errno, shown = n, true
	}
	name, text := sysdeps.ErrnoName(errno), sysdeps.ErrnoText(errno)
	switch {
	case name == "" && (shown || errno == 0):
		return
	case name == "":
		t.buf = strconv.AppendInt(append(t.buf, " errno "...), int64(errno), 10)
		return
	case !shown:
		t.buf = append(append(t.buf, ' '), name...)
	}
	t.buf = append(append(append(t.buf, " ("...), text...), ')')
}

func (t *Text) abandoned(a *event.Abandoned) {
	how := noReturn
	if a.Why == event.Released {
		how = detached
		delete(t.inside, a.TID)
	}
	if t.open.is(a.ID, a.TID) {
		t.finish(how)
		return
	}
	if a.NoReturn { // that has been said
		return
	}
	t.resumed(&a.Head, a.Kind, a.Return, a.Depth, a.Name)
	if a.Kind == event.System { // a result would follow at once
		t.buf = append(t.buf, ' ')
	}
	t.buf = append(t.buf, how[1:]...)
}

// resumed begins the line for the end of a call that is no longer open.
func (t *Text) resumed(h *event.Head, k event.Kind, returns sysdeps.Addr, depth int, name string) {
	t.finish(unfinished)
	t.beginCall(h, returns, depth)
	t.buf = append(t.buf, "<... "...)
	if k == event.System { // the arguments follow at once, as strace has them
		t.name(name)
		t.buf = append(t.buf, "@SYS resumed>"...)
		return
	}
	t.name(t.names.of(name))
	t.buf = append(t.buf, " resumed> "...)
}

// is tells whether the open line is that of a thread's call.
func (c *openCall) is(id uint64, tid int) bool { return c.held && c.id == id && c.tid == tid }

// column returns the width of the line so far. Every character counts as one.
func (t *Text) column() int {
	n := 0
	for _, c := range t.buf[t.line:] {
		if utf8.RuneStart(c) { // all that is not escaped is valid
			n++
		}
	}
	return n
}

// hides tells of a signal that it is not to have lines.
func (t *Text) hides(sig int) bool {
	return t.o.NoSignals || t.o.Signals != nil && !t.o.Signals.Wants(sig)
}

func (t *Text) signal(s *event.Signal) {
	if t.hides(s.Info.Signo()) {
		return
	}
	t.finish(unfinished)
	t.begin(&s.Head)
	t.address(s.PC)
	t.buf = append(t.buf, "--- "...)
	t.buf = append(t.buf, sysdeps.SignalName(s.Info.Signo())...)
	t.buf = append(t.buf, ' ')
	t.buf = appendSiginfo(t.buf, &s.Info)
	t.buf = append(t.buf, " ---\n"...)
	t.buf = t.appendStack(t.buf, &s.Stack)
}

func (t *Text) stopped(s *event.Stopped) {
	if t.hides(s.Signal) {
		return
	}
	t.finish(unfinished)
	t.begin(&s.Head)
	t.buf = append(t.buf, "--- stopped by "...)
	t.buf = append(t.buf, sysdeps.SignalName(s.Signal)...)
	t.buf = append(t.buf, " ---\n"...)
}

// passed tells of a place that the user has named: it is no call, and has a mark
// of its own.
func (t *Text) passed(p *event.Passed) {
	t.finish(unfinished)
	t.begin(&p.Head)
	t.address(p.PC)
	t.buf = append(t.buf, "=== "...)
	t.buf = appendName(t.buf, p.Name, t.o.UTF8)
	if p.Module != "" {
		t.buf = append(t.buf, '@')
		t.buf = appendName(t.buf, p.Module, t.o.UTF8)
	}
	t.buf = append(t.buf, " ===\n"...)
	t.buf = t.appendStack(t.buf, &p.Stack)
}

// exec tells of a new program, behind the execve that it comes of if that is traced.
func (t *Text) exec(e *event.Exec) {
	if e.FormerTID != 0 && e.FormerTID != e.TID {
		t.superseded(e)
	}
	if o := &t.open; o.held && o.kind == event.System && o.pid == e.PID && o.tid == e.TID {
		o.exec = e.Head
		return
	}
	t.finishEnding(t.open.pid == e.PID)
	if c, in := t.inside[e.TID]; in {
		c.exec = e.Head
		t.inside[e.TID] = c
		return
	}
	t.execed(&e.Head)
}

// superseded tells of a process's first thread that another has taken its place and id
// by an exec. Its own call has ended, like those of all other threads.
func (t *Text) superseded(e *event.Exec) {
	execs := t.open.kind == event.System && t.open.tid == e.FormerTID // and will return
	t.finishEnding(t.open.pid == e.PID && !execs)
	t.endInside(&e.Head)
	t.begin(&e.Head)
	t.buf = append(t.buf, "+++ superseded by execve in pid "...)
	t.buf = strconv.AppendInt(t.buf, int64(e.FormerTID), 10)
	t.buf = append(t.buf, " +++\n"...)
	if c, ok := t.inside[e.FormerTID]; ok {
		delete(t.inside, e.FormerTID)
		t.inside[e.TID] = c
	}
}

// execed writes the line of an exec, if there was one.
func (t *Text) execed(h *event.Head) {
	if h.TID == 0 {
		return
	}
	t.begin(h)
	t.buf = append(t.buf, "--- Called exec() ---\n"...)
}

func (t *Text) exit(e *event.Exit) {
	t.finishEnding(t.open.tid == e.TID || e.Process && t.open.pid == e.PID)
	t.endInside(&e.Head)
	t.begin(&e.Head)
	if e.Signal == 0 {
		t.buf = append(t.buf, "+++ exited (status "...)
		t.buf = strconv.AppendInt(t.buf, int64(e.Status), 10)
		t.buf = append(t.buf, ") +++\n"...)
		return
	}
	t.buf = append(t.buf, "+++ killed by "...)
	t.buf = append(t.buf, sysdeps.SignalName(e.Signal)...)
	if e.Core {
		t.buf = append(t.buf, " (core dumped)"...)
	}
	t.buf = append(t.buf, " +++\n"...)
}

// finishEnding ends the open line before an event that ends threads; own tells
// that the open call's thread is among them.
func (t *Text) finishEnding(own bool) {
	if own {
		t.finish(noReturn)
	} else {
		t.finish(unfinished)
	}
}

func (t *Text) lost(l *event.Lost) {
	t.finish(unfinished)
	t.begin(&l.Head)
	t.buf = append(t.buf, "--- lost "...)
	t.buf = strconv.AppendUint(t.buf, l.N, 10)
	if l.N == 1 {
		t.buf = append(t.buf, " event: "...)
	} else {
		t.buf = append(t.buf, " events: "...)
	}
	t.name(l.Why)
	t.buf = append(t.buf, " ---\n"...)
}
