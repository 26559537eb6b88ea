package display

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"sonde/event"
	"sonde/prototype"
	"sonde/sysdeps"
)

// parseScript reads events, one a line:
//
//	TIME PID[.TID] VERB WORDS...
//
// Words are values (numbers, and Go strings, with dots behind one that goes
// on; those of scriptValues; >ADDRESS for what is to come; NAME:= before one
// that has a name), names, and KEY=VALUE for all that has a default. A call is
// named with its ID, as in 7:malloc. A return has its result and then the
// arguments that were to come.
func parseScript(t *testing.T, text string) []event.Event {
	t.Helper()
	var evs []event.Event
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		ev, err := parseEvent(line)
		if err != nil {
			t.Fatalf("event %q: %v", line, err)
		}
		evs = append(evs, ev)
	}
	return evs
}

// scriptValues are values that go by a word.
var scriptValues = map[string]prototype.Value{
	"nil":     {Type: tAddr},
	"void":    {Type: tVoid},
	"hidden":  {Type: lensed(tInt, prototype.Hide), Word: 7},
	"ENOENT":  {Type: lensed(tInt, prototype.Errno), Word: 2, Size: 4},
	"success": {Type: lensed(tInt, prototype.Errno), Size: 4},
	"-EINVAL": {Type: lensed(tLong, prototype.NegErrno), Word: 1<<64 - 22},
	"bad":     {Type: tString, Word: 1, State: prototype.Unreadable},
}

// scriptLine is one event's line, taken apart.
type scriptLine struct {
	head   event.Head
	verb   string
	names  []string
	values []prototype.Value
	keys   map[string]string
	err    error
}

func parseEvent(line string) (event.Event, error) {
	l := scriptLine{keys: make(map[string]string)}
	l.split(line)
	ev := l.event()
	for k := range l.keys {
		l.fail(fmt.Errorf("unused key %q", k))
	}
	return ev, l.err
}

func (l *scriptLine) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

func (l *scriptLine) split(line string) {
	when, rest, _ := strings.Cut(line, " ")
	who, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
	l.verb, rest, _ = strings.Cut(strings.TrimSpace(rest), " ")
	var err error
	if l.head.Time, err = time.ParseDuration(when); err != nil {
		l.fail(err)
	}
	pid, tid, threaded := strings.Cut(who, ".")
	l.head.PID, l.head.TID = int(l.number(pid)), int(l.number(pid))
	if threaded {
		l.head.TID = int(l.number(tid))
	}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		rest = l.word(rest)
	}
}

// word takes the first word of s and returns what follows.
func (l *scriptLine) word(s string) string {
	if q, err := strconv.QuotedPrefix(s); err == nil {
		text, _ := strconv.Unquote(q)
		rest, more := strings.CutPrefix(s[len(q):], "...")
		l.values = append(l.values, prototype.Value{Word: 0x7ffe1000, Text: append([]byte{}, text...), More: more})
		return rest
	}
	w, rest, _ := strings.Cut(s, " ")
	if name, _, ok := strings.Cut(w, ":="); ok {
		rest = l.word(s[len(name+":="):])
		l.values[len(l.values)-1].Name = name
		return rest
	}
	if v, ok := scriptValues[w]; ok {
		l.values = append(l.values, v)
	} else if a, ok := strings.CutPrefix(w, ">"); ok {
		l.values = append(l.values, prototype.Value{Type: tString, Word: l.number(a), State: prototype.Later})
	} else if k, v, ok := strings.Cut(w, "="); ok {
		l.keys[k] = v
	} else if c := w[0]; c == '-' || '0' <= c && c <= '9' && !strings.Contains(w, ":") {
		l.values = append(l.values, prototype.Value{Word: l.number(w)})
	} else {
		l.names = append(l.names, w)
	}
	return rest
}

func (l *scriptLine) number(s string) uint64 {
	if n, err := strconv.ParseInt(s, 0, 64); err == nil {
		return uint64(n)
	}
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		l.fail(err)
	}
	return n
}

func (l *scriptLine) key(k string) uint64 {
	s, ok := l.keys[k]
	delete(l.keys, k)
	if !ok {
		return 0
	}
	return l.number(s)
}

func (l *scriptLine) text(k string) string {
	s := l.keys[k]
	delete(l.keys, k)
	return unescape(s)
}

func (l *scriptLine) flag(k string) bool { return l.key(k) != 0 }

// called returns the ID and the name of a call; names may hold Go's escapes.
func (l *scriptLine) called() (id uint64, name string) {
	if len(l.names) != 1 {
		l.fail(fmt.Errorf("want one name, have %q", l.names))
		return 0, ""
	}
	num, name, _ := strings.Cut(l.names[0], ":")
	return l.number(num), unescape(name)
}

func unescape(s string) string {
	if u, err := strconv.Unquote(`"` + s + `"`); err == nil {
		return u
	}
	return s
}

func (l *scriptLine) event() event.Event {
	caller := unescape(l.keys["caller"])
	module := unescape(l.keys["module"])
	delete(l.keys, "caller")
	delete(l.keys, "module")
	stack := l.stack()
	l.head.Comm = unescape(l.keys["comm"])
	delete(l.keys, "comm")
	returns, depth, kind := sysdeps.Addr(l.key("ret")), int(l.key("depth")), event.Library
	if module == "SYS" {
		kind = event.System
	}
	switch l.verb {
	case "call":
		id, name := l.called()
		return &event.Call{Head: l.head, Kind: kind, ID: id, Caller: caller, Module: module, Name: name, Return: returns, Depth: depth, NoReturn: l.flag("noreturn"), Args: l.values, Stack: stack, Parent: l.key("parent"), Resumes: l.text("resumes")}
	case "return":
		id, name := l.called()
		r := &event.Return{Head: l.head, Kind: kind, ID: id, Caller: caller, Module: module, Name: name, Return: returns, Depth: depth, Inherited: l.flag("inherited")}
		r.Elapsed = time.Duration(l.key("us")) * time.Microsecond
		r.Errno = int(l.key("errno"))
		r.Failed = l.flag("failed")
		r.Result, r.Rest, r.First = l.values[0], l.values[1:], int(l.key("first"))
		return r
	case "abandoned":
		id, name := l.called()
		why := event.Reason(l.key("why"))
		if l.flag("released") {
			why = event.Released
		}
		return &event.Abandoned{Head: l.head, Kind: kind, ID: id, Caller: caller, Module: module, Name: name, Return: returns, Depth: depth, NoReturn: l.flag("noreturn"), Why: why}
	case "signal":
		s := &event.Signal{Head: l.head, PC: sysdeps.Addr(l.key("pc")), Stack: stack}
		binary.LittleEndian.PutUint32(s.Info[0:], uint32(l.values[0].Word))
		binary.LittleEndian.PutUint32(s.Info[8:], uint32(l.key("code")))
		binary.LittleEndian.PutUint64(s.Info[16:], l.key("addr"))
		return s
	case "passed":
		return &event.Passed{Head: l.head, Name: l.names[0], Module: module, PC: sysdeps.Addr(l.key("pc")), Stack: stack}
	case "stopped":
		return &event.Stopped{Head: l.head, Signal: int(l.values[0].Word)}
	case "spawn":
		child := int(l.values[0].Word)
		if l.flag("thread") {
			return &event.Spawn{Head: l.head, ChildPID: l.head.PID, ChildTID: child}
		}
		return &event.Spawn{Head: l.head, ChildPID: child, ChildTID: child}
	case "exec":
		return &event.Exec{Head: l.head, FormerTID: int(l.key("former")), Path: l.text("path")}
	case "exit":
		return &event.Exit{Head: l.head, Status: int(l.key("status")), Signal: int(l.key("signal")), Core: l.flag("core"), Process: l.flag("process")}
	case "attached":
		return &event.Attached{Head: l.head, Threads: int(l.values[0].Word)}
	case "detached":
		return &event.Detached{Head: l.head}
	case "module":
		m := &event.Module{Head: l.head, Loaded: !l.flag("unloaded"), Main: l.flag("main"), Base: sysdeps.Addr(l.key("base")), Path: l.text("path"), SONAME: l.text("soname")}
		m.BuildID = []byte(l.text("id"))
		return m
	case "warning":
		return &event.Warning{Head: l.head, Text: strings.Join(l.names, " ")}
	case "lost":
		return &event.Lost{Head: l.head, N: l.values[0].Word, Why: strings.Join(l.names, " ")}
	}
	l.fail(fmt.Errorf("unknown verb %q", l.verb))
	return nil
}

// stack reads stack=FRAME;FRAME...: a frame is PC,MODULE,OFFSET or PC,MODULE,OFFSET,FUNCTION
// or PC,signal, and behind it what else there is of it; there may be "more", or why there
// may be, among them.
func (l *scriptLine) stack() (st event.Stack) {
	text := l.keys["stack"]
	delete(l.keys, "stack")
	for _, part := range strings.Split(text, ";") {
		word := strings.Split(unescape(part), ",")
		switch {
		case part == "":
			continue
		case part == "more":
			st.More = true
			continue
		case len(word) == 1:
			st.Why = word[0]
			continue
		}
		f := &event.Frame{PC: sysdeps.Addr(l.number(word[0]))}
		st.Frames = append(st.Frames, f)
		if f.Signal = word[1] == "signal"; f.Signal {
			continue
		}
		f.Module = word[1]
		f.ModuleOffset = l.number(word[2])
		for _, w := range word[3:] {
			switch k, v, _ := strings.Cut(w, "="); k {
			case "guess":
				f.Guessed = v
			case "at":
				f.Source = l.source(v)
			case "inlined":
				name, at, _ := strings.Cut(v, "@")
				f.Inlined = append(f.Inlined, event.Inlined{Function: name, Source: l.source(at)})
			default:
				f.Function, f.Offset = w, f.ModuleOffset
			}
		}
	}
	return st
}

func (l *scriptLine) source(s string) event.Source {
	file, line, ok := strings.Cut(s, ":")
	if !ok {
		return event.Source{File: file}
	}
	return event.Source{File: file, Line: int(l.number(line))}
}
