package display

import (
	"encoding/hex"
	"strconv"

	"sonde/event"
	"sonde/sysdeps"
)

// begin starts the line of an event.
func (j *JSON) begin(kind string, h *event.Head) {
	b := append(append(append(j.buf, `{"type":"`...), kind...), `","ts":`...)
	b = appendJSONInt(b, int64(h.Time))
	if h.TID != 0 { // else it is of no thread
		b = strconv.AppendInt(append(b, `,"pid":`...), int64(h.PID), 10)
		b = strconv.AppendInt(append(b, `,"tid":`...), int64(h.TID), 10)
	}
	j.buf = b
	j.some("comm", h.Comm)
}

func (j *JSON) end() { j.buf = append(j.buf, '}', '\n') }

func (j *JSON) str(key, s string) { j.buf = appendJSONString(appendKey(j.buf, key), s) }

func (j *JSON) num(key string, n int) { j.buf = strconv.AppendInt(appendKey(j.buf, key), int64(n), 10) }

func (j *JSON) addr(key string, a sysdeps.Addr) {
	j.buf = appendJSONAddress(appendKey(j.buf, key), uint64(a))
}

// some adds a member where there is something to be said.
func (j *JSON) some(key, s string) {
	if s != "" {
		j.str(key, s)
	}
}

// flag adds a member that is there where it is true.
func (j *JSON) flag(key string, on bool) {
	if on {
		j.buf = append(appendKey(j.buf, key), "true"...)
	}
}

// callee adds what all three events of a call have.
func (j *JSON) callee(k event.Kind, id uint64, caller, module, name string, depth int) {
	if k == event.System {
		j.buf = append(j.buf, `,"kind":"system"`...)
	} else {
		j.buf = append(j.buf, `,"kind":"library"`...)
	}
	j.buf = appendJSONUint(appendKey(j.buf, "id"), id)
	j.some("caller", caller)
	if k == event.Library {
		j.some("library", module)
	}
	j.str("name", j.names.of(name))
	j.num("depth", depth)
}

func (j *JSON) call(c *event.Call) {
	j.begin("call", &c.Head)
	j.callee(c.Kind, c.ID, c.Caller, c.Module, c.Name, c.Depth)
	if c.Kind == event.Library {
		j.str("symbol", c.Name)
	}
	if c.Parent != 0 {
		j.buf = appendJSONUint(appendKey(j.buf, "parent"), c.Parent)
	}
	j.addr("return_address", c.Return)
	j.some("resumes", c.Resumes)
	j.flag("noreturn", c.NoReturn)
	j.buf = append(appendKey(j.buf, "args"), '[')
	told := true // in the line of the call, as far as it is that of a Text
	for i := range c.Args {
		if i > 0 {
			j.buf = append(j.buf, ',')
		}
		told = j.callArg(c.Kind, &c.Args[i], told)
	}
	j.buf = append(j.buf, ']')
	j.stack(&c.Stack)
	j.end()
}

func (j *JSON) ret(r *event.Return) {
	j.begin("return", &r.Head)
	j.callee(r.Kind, r.ID, r.Caller, r.Module, r.Name, r.Depth)
	j.buf = append(appendKey(j.buf, "ret"), '{')
	j.result(r)
	j.buf = append(j.buf, '}')
	j.flag("failed", r.Failed)
	j.errno(r)
	j.buf = appendJSONInt(appendKey(j.buf, "duration_ns"), int64(max(r.Elapsed, 0)))
	if len(r.Rest) > 0 {
		j.buf = append(appendKey(j.buf, "args"), '[')
		for i := range r.Rest {
			if i > 0 {
				j.buf = append(j.buf, ',')
			}
			j.returnArg(r.Kind, &r.Rest[i], r.First+i)
		}
		j.buf = append(j.buf, ']')
	}
	j.flag("inherited", r.Inherited)
	j.end()
}

// reasons are how an abandoned call's "why" words them.
var reasons = [...]string{
	event.Jumped: "longjmp", event.Thrown: "exception", event.Replaced: "replaced",
	event.Unknown: "unknown", event.Released: "released",
}

func (j *JSON) abandoned(a *event.Abandoned) {
	j.begin("abandoned", &a.Head)
	j.callee(a.Kind, a.ID, a.Caller, a.Module, a.Name, a.Depth)
	j.str("why", reasons[a.Why])
	j.flag("noreturn", a.NoReturn)
	j.end()
}

// hides tells of a signal that it is not to be told.
func (j *JSON) hides(sig int) bool {
	return j.o.NoSignals || j.o.Signals != nil && !j.o.Signals.Wants(sig)
}

func (j *JSON) signal(s *event.Signal) {
	if j.hides(s.Info.Signo()) {
		return
	}
	j.begin("signal", &s.Head)
	j.str("signal", sysdeps.SignalName(s.Info.Signo()))
	j.num("number", s.Info.Signo())
	j.addr("pc", s.PC)
	j.buf = appendJSONSiginfo(appendKey(j.buf, "siginfo"), &s.Info)
	j.text = appendSiginfo(j.text[:0], &s.Info)
	j.buf = appendJSONString(appendKey(j.buf, "text"), j.text)
	j.stack(&s.Stack)
	j.end()
}

func (j *JSON) stopped(s *event.Stopped) {
	if j.hides(s.Signal) {
		return
	}
	j.begin("stopped", &s.Head)
	j.str("signal", sysdeps.SignalName(s.Signal))
	j.num("number", s.Signal)
	j.end()
}

func (j *JSON) spawn(s *event.Spawn) {
	if s.ChildPID == s.PID {
		j.begin("thread", &s.Head)
	} else {
		j.begin("fork", &s.Head)
		j.num("child_pid", s.ChildPID)
	}
	j.num("child_tid", s.ChildTID)
	j.end()
}

func (j *JSON) exec(e *event.Exec) {
	j.begin("exec", &e.Head)
	j.str("path", e.Path)
	if e.FormerTID != 0 && e.FormerTID != e.TID {
		j.num("former_tid", e.FormerTID)
	}
	j.end()
}

func (j *JSON) exit(e *event.Exit) {
	j.begin("exit", &e.Head)
	if e.Signal == 0 {
		j.num("status", e.Status)
	} else {
		j.str("signal", sysdeps.SignalName(e.Signal))
		j.num("number", e.Signal)
		j.flag("core", e.Core)
	}
	j.flag("process", e.Process)
	j.end()
}

func (j *JSON) module(m *event.Module) {
	j.begin("library", &m.Head)
	if m.Loaded {
		j.str("action", "loaded")
	} else {
		j.str("action", "unloaded")
	}
	j.addr("base", m.Base)
	j.str("path", m.Path)
	j.some("soname", m.SONAME)
	if len(m.BuildID) > 0 {
		j.buf = append(appendKey(j.buf, "build_id"), '"')
		j.buf = append(hex.AppendEncode(j.buf, m.BuildID), '"')
	}
	j.flag("main", m.Main)
	j.end()
}

func (j *JSON) passed(p *event.Passed) {
	j.begin("passed", &p.Head)
	j.str("name", p.Name)
	j.some("library", p.Module)
	j.addr("pc", p.PC)
	j.stack(&p.Stack)
	j.end()
}

func (j *JSON) lost(l *event.Lost) {
	j.begin("lost", &l.Head)
	j.buf = appendJSONUint(appendKey(j.buf, "count"), l.N)
	j.str("why", l.Why)
	j.end()
}
