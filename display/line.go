package display

import (
	"strconv"

	"sonde/event"
	"sonde/prototype"
	"sonde/sysdeps"
)

// maxIndent caps the indentation, which a runaway recursion would otherwise
// drive to megabytes a line.
const maxIndent = 1000

// begin starts a line: the thread and the time.
func (t *Text) begin(h *event.Head) {
	t.line, t.args, t.tail = len(t.buf), 0, 0
	c := t.o.Colours
	switch {
	case t.o.PIDs == PIDsAlways:
		t.buf = strconv.AppendInt(c.on(t.buf, piecePID), int64(h.TID), 10)
		t.buf = append(c.off(t.buf, piecePID), ' ')
	case t.o.PIDs == PIDsAuto && t.pids.more && h.TID != 0:
		t.buf = strconv.AppendInt(append(c.on(t.buf, piecePID), "[pid "...), int64(h.TID), 10)
		t.buf = append(c.off(append(t.buf, ']'), piecePID), ' ')
	}
	if !t.begun { // -r counts from the first line
		t.begun, t.last = true, h.Time
	}
	if t.o.Stamp != StampNone {
		t.buf = appendStamp(c.on(t.buf, pieceTime), t.o.Stamp, t.o.Start, t.last, h.Time)
		t.buf = append(c.off(t.buf, pieceTime), ' ')
	}
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

// call begins a line and leaves it open.
func (t *Text) call(c *event.Call) {
	t.finish(unfinished)
	t.beginCall(&c.Head, c.Return, c.Depth)
	t.buf = t.o.Colours.callee(t.buf, c.Caller, c.Module, t.names.of(c.Name), t.o.Caller, t.o.UTF8)
	t.buf = append(t.buf, '(')
	t.args = len(t.buf)
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
	before := len(t.buf)
	t.buf = t.o.Colours.on(t.buf, pieceArg)
	begin := len(t.buf)
	switch {
	case k == event.Library:
		t.buf, comma = t.vals.list(t.buf, vs, comma)
	case name == "clone":
		t.buf, comma = t.sys.cloneList(t.buf, vs, comma)
	default:
		t.buf, comma = t.sys.list(t.buf, vs, comma)
	}
	if len(t.buf) == begin {
		t.buf = t.buf[:before]
	} else {
		t.buf = t.o.Colours.off(t.buf, pieceArg)
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
		t.buf = append(t.o.Colours.on(append(t.buf, ' '), pieceTime), '<')
		t.buf = append(appendMicros(t.buf, r.Elapsed), '>')
		t.buf = t.o.Colours.off(t.buf, pieceTime)
	}
	t.endLine()
	t.endStack()
	if r.Kind == event.System {
		t.leave(r.TID)
	}
}

// equals ends the arguments: ") = ".
func (t *Text) equals() {
	t.tail = len(t.buf)
	t.buf = append(t.buf, ") "...)
	for col := Cells(t.buf[t.line:]); col < t.o.Align-1; col++ {
		t.buf = append(t.buf, ' ')
	}
	t.buf = append(t.buf, "= "...)
}

// result appends what a function returned, and which error that means.
func (t *Text) result(r *event.Return) {
	v := &r.Result
	errno, shown := r.Errno, false
	if n, ok := v.Errno(); ok {
		errno, shown = n, true
	}
	p, name := pieceRet, sysdeps.ErrnoName(errno)
	if name != "" || !shown && errno != 0 {
		p = pieceErrno
	}
	t.buf = t.vals.value(t.o.Colours.on(t.buf, p), v)
	switch {
	case p == pieceRet:
	case name == "":
		t.buf = strconv.AppendInt(append(t.buf, " errno "...), int64(errno), 10)
	default:
		if !shown {
			t.buf = append(append(t.buf, ' '), name...)
		}
		t.buf = append(append(append(t.buf, " ("...), sysdeps.ErrnoText(errno)...), ')')
	}
	t.buf = t.o.Colours.off(t.buf, p)
}

func (t *Text) abandoned(a *event.Abandoned) {
	how := noReturn
	switch {
	case a.Why == event.Released:
		how = detached
		delete(t.inside, a.TID)
	case a.Why == event.Unknown && a.Kind == event.System:
		t.unavailable(a)
		return
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
	t.buf = t.o.Colours.word(t.buf, pieceEvent, how)
	t.endLine()
}

// resumed begins the line for the end of a call that is no longer open.
func (t *Text) resumed(h *event.Head, k event.Kind, returns sysdeps.Addr, depth int, name string) {
	t.finish(unfinished)
	t.beginCall(h, returns, depth)
	c := t.o.Colours
	t.buf = append(c.word(t.buf, pieceEvent, "<..."), ' ')
	if k == event.System {
		t.buf = c.callee(t.buf, "", "SYS", name, false, t.o.UTF8)
	} else {
		t.buf = c.callee(t.buf, "", "", t.names.of(name), false, t.o.UTF8)
	}
	t.buf = c.word(append(t.buf, ' '), pieceEvent, "resumed>")
	if k != event.System { // whose arguments follow at once, as strace has them
		t.buf = append(t.buf, ' ')
	}
	t.args = len(t.buf)
}

// is tells whether the open line is that of a thread's call.
func (c *openCall) is(id uint64, tid int) bool { return c.held && c.id == id && c.tid == tid }

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
	t.mark(pieceSignal, "--- ")
	t.buf = append(t.buf, sysdeps.SignalName(s.Info.Signo())...)
	t.buf = append(t.buf, ' ')
	t.args = len(t.buf)
	t.buf = appendSiginfo(t.buf, &s.Info)
	t.tail = len(t.buf)
	t.endMark(pieceSignal, " ---")
	t.buf = t.appendStack(t.buf, &s.Stack)
}

func (t *Text) stopped(s *event.Stopped) {
	if t.hides(s.Signal) {
		return
	}
	t.finish(unfinished)
	t.begin(&s.Head)
	t.mark(pieceSignal, "--- stopped by ")
	t.buf = append(t.buf, sysdeps.SignalName(s.Signal)...)
	t.endMark(pieceSignal, " ---")
}

// passed tells of a place that the user has named: it is no call, and has a mark
// of its own.
func (t *Text) passed(p *event.Passed) {
	t.finish(unfinished)
	t.begin(&p.Head)
	t.address(p.PC)
	t.mark(pieceEvent, "=== ")
	t.buf = appendName(t.buf, p.Name, t.o.UTF8)
	if p.Module != "" {
		t.buf = append(t.buf, '@')
		t.buf = appendName(t.buf, p.Module, t.o.UTF8)
	}
	t.endMark(pieceEvent, " ===")
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
	t.mark(pieceEvent, "+++ superseded by execve in pid ")
	t.buf = strconv.AppendInt(t.buf, int64(e.FormerTID), 10)
	t.endMark(pieceEvent, " +++")
	if c, ok := t.inside[e.FormerTID]; ok {
		delete(t.inside, e.FormerTID)
		t.inside[e.TID] = c
	}
}

// threadGone ends the line of the call that the thread is in which alone is told of
// here: it has ended without a word, in another's exec, or bears another id since its own.
func (t *Text) threadGone(to int) {
	t.watch.mu.Lock()
	defer t.watch.mu.Unlock()
	if to != 0 && t.open.held && t.open.kind == event.System && !t.open.never {
		t.finish("<pid changed to " + strconv.Itoa(to) + " ...>")
	}
	t.finish(noReturn)
	t.deliver() // the error is the next one's
}

// execed writes the line of an exec, if there was one.
func (t *Text) execed(h *event.Head) {
	if h.TID == 0 {
		return
	}
	t.begin(h)
	t.mark(pieceEvent, "--- Called exec()")
	t.endMark(pieceEvent, " ---")
}

func (t *Text) exit(e *event.Exit) {
	t.finishEnding(t.open.tid == e.TID || e.Process && t.open.pid == e.PID)
	t.endInside(&e.Head)
	t.begin(&e.Head)
	if e.Signal == 0 {
		t.mark(pieceEvent, "+++ exited (status ")
		t.buf = strconv.AppendInt(t.buf, int64(e.Status), 10)
		t.endMark(pieceEvent, ") +++")
		return
	}
	t.mark(pieceEvent, "+++ killed by ")
	t.buf = append(t.buf, sysdeps.SignalName(e.Signal)...)
	if e.Core {
		t.buf = append(t.buf, " (core dumped)"...)
	}
	t.endMark(pieceEvent, " +++")
}

// mark begins a line that is of no call, and endMark ends it.
func (t *Text) mark(p piece, s string) { t.buf = append(t.o.Colours.on(t.buf, p), s...) }

func (t *Text) endMark(p piece, s string) {
	t.buf = t.o.Colours.off(append(t.buf, s...), p)
	t.endLine()
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
	t.mark(pieceEvent, "--- lost ")
	t.buf = strconv.AppendUint(t.buf, l.N, 10)
	if l.N == 1 {
		t.buf = append(t.buf, " event: "...)
	} else {
		t.buf = append(t.buf, " events: "...)
	}
	t.args = len(t.buf)
	t.buf = appendName(t.buf, l.Why, t.o.UTF8)
	t.tail = len(t.buf)
	t.endMark(pieceEvent, " ---")
}
