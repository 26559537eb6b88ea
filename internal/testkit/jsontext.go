package testkit

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// JSONText makes lines of text out of JSON lines: what sonde would have written without
// --json. It knows nothing but what sonde-json(5) says, so that what it makes tells
// whether all that is shown is in the JSON.
type JSONText struct {
	Align, Indent    int
	PIDs             bool   // on every line
	Stamp            string // "", "-ttt" or "-r"
	Address, Elapsed bool
	Caller, Names    bool
	Stacks, More     bool
	Width            func(string) int // the columns that a text takes

	out    strings.Builder
	line   string // the one that is open
	stack  string // behind it
	open   openLine
	calls  map[string]jsonLine // by id
	inside map[int]insideLine  // system calls whose lines have ended before they have, by thread
	start  time.Duration       // since 1970
	last   time.Duration
	begun  bool
	first  int
	more   bool
}

// openLine is the call that the last line is of.
type openLine struct {
	held, system, never, args bool
	id, name                  string
	pid, tid                  int
	told                      toldArgs
	exec                      jsonLine
}

type insideLine struct {
	name string
	told toldArgs
	exec jsonLine
}

// toldArgs is how far the arguments of a system call are shown.
type toldArgs struct {
	left        int
	half, aside bool
}

const (
	unfinishedMark = "<unfinished ...>"
	noReturnMark   = "<no return ...>"
	detachedMark   = "<detached ...>"
)

// Lines returns the text of JSON lines.
func (r *JSONText) Lines(t testing.TB, lines []byte) string {
	t.Helper()
	r.calls, r.inside = make(map[string]jsonLine), make(map[int]insideLine)
	for line := range bytes.Lines(lines) {
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		var o jsonLine
		if err := d.Decode(&o); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		r.take(o)
	}
	r.finish(unfinishedMark)
	for _, tid := range slices.Sorted(maps.Keys(r.inside)) {
		r.execed(r.inside[tid].exec)
	}
	return r.out.String()
}

// jsonLine is an object of JSON.
type jsonLine map[string]any

// str returns a string, also one that is written as bytes.
func (o jsonLine) str(key string) string {
	switch v := o[key].(type) {
	case string:
		return v
	case map[string]any:
		raw, _ := base64.StdEncoding.DecodeString(jsonLine(v).str("b64"))
		return string(raw)
	}
	return ""
}

// num returns a number, also one that is written as a string.
func (o jsonLine) num(key string) int {
	n, _ := strconv.ParseInt(o.text(key), 10, 64)
	return int(n)
}

func (o jsonLine) text(key string) string {
	if v, ok := o[key]; ok {
		return fmt.Sprint(v)
	}
	return ""
}

func (o jsonLine) is(key string) bool { return o[key] == true }

func (o jsonLine) object(key string) jsonLine {
	v, _ := o[key].(map[string]any)
	return v
}

func (o jsonLine) list(key string) (objects []jsonLine) {
	vs, _ := o[key].([]any)
	for _, v := range vs {
		objects = append(objects, v.(map[string]any))
	}
	return objects
}

func (o jsonLine) system() bool { return o["kind"] == "system" }

func (r *JSONText) take(o jsonLine) {
	if o["type"] == "header" {
		r.start = time.Duration(o.num("realtime_ns"))
		return
	}
	switch tid := o.num("tid"); {
	case tid == 0:
	case r.first == 0:
		r.first = tid
	case r.first != tid:
		r.more = true
	}
	switch o["type"] {
	case "call":
		r.call(o)
	case "return":
		r.ret(o)
	case "abandoned":
		r.abandoned(o)
	case "signal":
		r.mark(o, r.addressOf(o, "pc")+"--- "+o.str("signal")+" "+o.str("text")+" ---")
		r.out.WriteString(r.stackOf(o))
	case "stopped":
		r.mark(o, "--- stopped by "+o.str("signal")+" ---")
	case "passed":
		at := ""
		if o.str("library") != "" {
			at = "@" + escaped(o.str("library"))
		}
		r.mark(o, r.addressOf(o, "pc")+"=== "+escaped(o.str("name"))+at+" ===")
		r.out.WriteString(r.stackOf(o))
	case "lost":
		events := " events: "
		if o.num("count") == 1 {
			events = " event: "
		}
		r.mark(o, "--- lost "+o.text("count")+events+escaped(o.str("why"))+" ---")
	case "exec":
		r.exec(o)
	case "exit":
		r.exit(o)
	case "detached":
		if r.open.pid == o.num("pid") {
			r.finish(detachedMark)
		}
	case "attached":
		r.more = r.more || o.num("threads") > 1
	case "thread", "fork":
		r.more = true
	}
}

// mark writes a line that is of no call.
func (r *JSONText) mark(o jsonLine, text string) {
	r.finish(unfinishedMark)
	r.out.WriteString(r.begin(o) + text + "\n")
}

// begin is what a line begins with.
func (r *JSONText) begin(o jsonLine) (s string) {
	switch tid := o.text("tid"); {
	case r.PIDs && tid == "":
		s = "0 "
	case r.PIDs:
		s = tid + " "
	case r.more && tid != "":
		s = "[pid " + tid + "] "
	}
	at := time.Duration(o.num("ts"))
	if !r.begun {
		r.begun, r.last = true, at
	}
	switch r.Stamp {
	case "-ttt":
		s += seconds(r.start+at) + " "
	case "-r":
		s += fmt.Sprintf("%10s ", seconds(max(at-r.last, 0)))
	}
	r.last = at
	return s
}

// seconds is a time with six digits, the others cut.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%d.%06d", d/time.Second, d%time.Second/time.Microsecond)
}

func (r *JSONText) beginCall(o jsonLine) string {
	call := r.calls[o.text("id")]
	return r.begin(o) + r.addressOf(call, "return_address") + strings.Repeat(" ", min(r.Indent*o.num("depth"), 1000))
}

func (r *JSONText) addressOf(o jsonLine, key string) string {
	if !r.Address {
		return ""
	}
	return "[" + o.str(key) + "] "
}

func (r *JSONText) call(o jsonLine) {
	r.finish(unfinishedMark)
	r.calls[o.text("id")] = o
	caller, module := o.str("caller"), o.str("library")
	if o.system() {
		module = "SYS"
	}
	r.line = r.beginCall(o)
	if caller != "" && r.Caller {
		r.line += escaped(caller) + "->"
	}
	r.line += escaped(o.str("name"))
	if caller == "" && module != "" {
		r.line += "@" + escaped(module)
	}
	r.line += "("
	if o.system() && o.str("name") == "restart_syscall" {
		what := o.str("resumes")
		if what == "" {
			what = "system call"
		}
		r.line += "<... resuming interrupted " + what + " ...>"
	}
	r.open = openLine{
		held: true, system: o.system(), never: o.is("noreturn"), id: o.text("id"), name: o.str("name"), pid: o.num("pid"), tid: o.num("tid"),
	}
	r.stack = r.stackOf(o)
	r.callArgs(o, o.list("args"))
}

// callArgs shows the arguments that are known.
func (r *JSONText) callArgs(o jsonLine, args []jsonLine) {
	n := 0
	for n < len(args) && (!args[n].is("out") || args[n].is("aside")) {
		r.open.told.aside = r.open.told.aside || args[n].is("out")
		n++
	}
	r.open.args = r.list(o, args[:n], false)
	if !o.system() {
		return
	}
	r.open.told.left = len(args) - n
	if n < len(args) && args[n]["text"] != nil {
		r.argument(args[n], r.open.args, r.Names)
		r.open.told.half, r.open.args = true, true
	}
}

// list shows arguments, and tells whether a further one needs a comma.
func (r *JSONText) list(o jsonLine, args []jsonLine, comma bool) bool {
	show := func(a jsonLine, named bool) {
		if a["text"] != nil {
			r.argument(a, comma, named)
			comma = true
		}
	}
	if !o.system() || o.str("name") != "clone" {
		for _, a := range args {
			show(a, r.Names)
		}
		return comma
	}
	// As strace has them, since machines pass them in different orders.
	order := []string{"child_stack", "flags", "parent_tid", "tls", "child_tidptr"}
	for _, name := range order {
		for _, a := range args {
			if a.str("name") == name {
				show(a, true)
			}
		}
	}
	for _, a := range args {
		if !slices.Contains(order, a.str("name")) {
			show(a, r.Names)
		}
	}
	return comma
}

func (r *JSONText) argument(a jsonLine, comma, named bool) {
	if comma {
		r.line += ", "
	}
	if named && a.str("name") != "" {
		r.line += escaped(a.str("name")) + "="
	}
	r.line += a.str("text")
}

func (r *JSONText) isOpen(o jsonLine) bool {
	return r.open.held && r.open.id == o.text("id") && r.open.tid == o.num("tid")
}

func (r *JSONText) ret(o jsonLine) {
	comma := false
	if !o.is("inherited") && r.isOpen(o) {
		r.open.held = false
		comma = r.open.args
	} else {
		r.resumed(o)
	}
	args := o.list("args")
	if o.system() {
		r.systemReturnArgs(o, args, comma)
	} else {
		r.list(o, args, comma)
	}
	r.equals()
	r.line += o.object("ret").str("text") + failure(o)
	if r.Elapsed {
		r.line += " <" + seconds(time.Duration(o.num("duration_ns"))) + ">"
	}
	r.endLine()
	if o.system() {
		r.leave(o.num("tid"))
	}
}

func (r *JSONText) systemReturnArgs(o jsonLine, args []jsonLine, comma bool) {
	what := toldArgs{left: len(args)}
	if c, ok := r.inside[o.num("tid")]; ok && !o.is("inherited") {
		what = c.told
	} else if r.open.id == o.text("id") && !o.is("inherited") {
		what = r.open.told
	}
	args = args[max(0, len(args)-what.left):]
	if what.half && len(args) > 0 {
		was := r.calls[o.text("id")].list("args")[args[0].num("index")].str("text")
		if now, ok := strings.CutPrefix(args[0].str("text"), was); ok {
			r.line += now
		}
		args, comma = args[1:], true
	}
	r.list(o, args, comma)
}

// failure is why a call has failed, behind its result.
func failure(o jsonLine) string {
	e := o.object("errno")
	name, text := e.str("name"), " ("+e.str("text")+")"
	shown := strings.TrimPrefix(o.object("ret").str("text"), "-") == name
	switch {
	case e == nil:
		return ""
	case name == "" && o.system():
		return " (errno " + e.text("number") + ")"
	case name == "":
		return " errno " + e.text("number")
	case shown:
		return text
	}
	return " " + name + text
}

func (r *JSONText) equals() {
	r.line += ") "
	if pad := r.Align - 1 - r.Width(r.line); pad > 0 {
		r.line += strings.Repeat(" ", pad)
	}
	r.line += "= "
}

// endLine writes the open line and its stack.
func (r *JSONText) endLine() {
	r.out.WriteString(r.line + "\n" + r.stack)
	r.line, r.stack = "", ""
}

// unavailable ends the line of a system call whose result is not known.
func (r *JSONText) unavailable(o jsonLine) {
	if r.isOpen(o) {
		r.open.held = false
	} else {
		r.resumed(o)
	}
	r.equals()
	r.line += "? <unavailable>"
	r.endLine()
	r.leave(o.num("tid"))
}

func (r *JSONText) abandoned(o jsonLine) {
	if o.system() && o["why"] == "unknown" {
		r.unavailable(o)
		return
	}
	how := noReturnMark
	if o["why"] == "released" {
		how = detachedMark
		delete(r.inside, o.num("tid"))
	}
	if r.isOpen(o) {
		r.finish(how)
		return
	}
	if o.is("noreturn") {
		return
	}
	r.resumed(o)
	if o.system() {
		r.line += " "
	}
	r.line += how
	r.endLine()
}

// resumed begins the line of the end of a call whose line has ended.
func (r *JSONText) resumed(o jsonLine) {
	r.finish(unfinishedMark)
	r.line = r.beginCall(o) + "<... " + escaped(o.str("name"))
	if o.system() {
		r.line += "@SYS resumed>"
	} else {
		r.line += " resumed> "
	}
}

// finish ends the line of the call that is open.
func (r *JSONText) finish(how string) {
	switch {
	case !r.open.held:
		return
	case !r.open.system && r.open.never:
		r.line += " " + noReturnMark
		r.endLine()
	case !r.open.system:
		r.line += " " + how
		r.endLine()
	default:
		r.finishSystem(how)
	}
	r.open.held = false
}

func (r *JSONText) finishSystem(how string) {
	open := &r.open
	switch {
	case open.never:
		r.equals()
		r.line += "?"
	case how == noReturnMark:
		r.cutOff(open.told)
	default:
		if open.told.left > 0 && !open.told.half && open.args {
			r.line += ", "
		}
		r.line += " " + how
		if how != detachedMark {
			r.inside[open.tid] = insideLine{open.name, open.told, open.exec}
			open.exec = nil
		}
	}
	r.endLine()
	r.execed(open.exec)
	open.exec = nil
}

// cutOff ends the line of a system call that its thread's end has cut off.
func (r *JSONText) cutOff(told toldArgs) {
	if told.left > 0 || told.aside {
		r.line += " " + unfinishedMark
	}
	r.equals()
	r.line += "?"
}

func (r *JSONText) leave(tid int) {
	exec := r.open.exec
	r.open.exec = nil
	if c, ok := r.inside[tid]; ok {
		exec = c.exec
		delete(r.inside, tid)
	}
	r.execed(exec)
}

func (r *JSONText) endInside(o jsonLine) {
	c, ok := r.inside[o.num("tid")]
	if !ok {
		return
	}
	delete(r.inside, o.num("tid"))
	r.finish(unfinishedMark)
	address := ""
	if r.Address {
		address = "[0x0] "
	}
	r.line = r.begin(o) + address + "<... " + escaped(c.name) + "@SYS resumed>"
	r.cutOff(c.told)
	r.endLine()
	r.execed(c.exec)
}

func (r *JSONText) exec(o jsonLine) {
	tid := o.num("tid")
	if former := o.num("former_tid"); former != 0 {
		execs := r.open.system && r.open.tid == former
		r.finishEnding(r.open.pid == o.num("pid") && !execs)
		r.endInside(o)
		r.out.WriteString(r.begin(o) + "+++ superseded by execve in pid " + o.text("former_tid") + " +++\n")
		if c, ok := r.inside[former]; ok {
			delete(r.inside, former)
			r.inside[tid] = c
		}
	}
	if r.open.held && r.open.system && r.open.pid == o.num("pid") && r.open.tid == tid {
		r.open.exec = o
		return
	}
	r.finishEnding(r.open.pid == o.num("pid"))
	if c, ok := r.inside[tid]; ok {
		c.exec = o
		r.inside[tid] = c
		return
	}
	r.execed(o)
}

func (r *JSONText) execed(o jsonLine) {
	if o != nil {
		r.out.WriteString(r.begin(o) + "--- Called exec() ---\n")
	}
}

func (r *JSONText) exit(o jsonLine) {
	r.finishEnding(r.open.tid == o.num("tid") || o.is("process") && r.open.pid == o.num("pid"))
	r.endInside(o)
	how := "exited (status " + o.text("status") + ")"
	if o["signal"] != nil {
		how = "killed by " + o.str("signal")
		if o.is("core") {
			how += " (core dumped)"
		}
	}
	r.out.WriteString(r.begin(o) + "+++ " + how + " +++\n")
}

func (r *JSONText) finishEnding(own bool) {
	if own {
		r.finish(noReturnMark)
	} else {
		r.finish(unfinishedMark)
	}
}

// stackOf is the lines of a stack.
func (r *JSONText) stackOf(o jsonLine) string {
	if !r.Stacks || o["stack"] == nil {
		return ""
	}
	var b strings.Builder
	for _, f := range o.list("stack") {
		module, guess := escaped(f.str("module")), ""
		for _, in := range f.list("inlined") {
			fmt.Fprintf(&b, " > %s(%s) [%s]%s [inlined]\n", module, escaped(in.str("function")), f.str("pc"), source(in))
		}
		if f.str("guessed") != "" {
			guess = " (a guess: " + f.str("guessed") + ")"
		}
		what := "??"
		switch {
		case f.is("signal"):
			what = "<signal handler called>"
		case f.str("function") != "":
			what = fmt.Sprintf("%s(%s+%#x)", module, escaped(f.str("function")), uint64(f.num("offset")))
		case module != "":
			what = module + "(+" + f.str("module_offset") + ")"
		}
		fmt.Fprintf(&b, " > %s [%s]%s%s\n", what, f.str("pc"), source(f), guess)
	}
	switch {
	case o.str("stack_why") != "":
		b.WriteString(" > ... (" + escaped(o.str("stack_why")) + ")\n")
	case o.is("stack_more") && r.More:
		b.WriteString(" > ...\n")
	}
	return b.String() + "\n"
}

func source(f jsonLine) string {
	if f.str("file") == "" {
		return ""
	}
	s := " at " + escaped(path.Base(f.str("file")))
	if f.num("line") != 0 {
		s += ":" + f.text("line")
	}
	return s
}

// escaped is a name as lines have it.
func escaped(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if s[0] != '\\' && unicode.IsPrint(r) && (r != utf8.RuneError || size > 1) {
			b.WriteString(s[:size])
			s = s[size:]
			continue
		}
		for range size {
			b.WriteString(escapedByte(s[0], len(s) > 1 && '0' <= s[1] && s[1] <= '7'))
			s = s[1:]
		}
	}
	return b.String()
}

func escapedByte(c byte, digitFollows bool) string {
	if i := strings.IndexByte("\\\a\b\t\n\v\f\r", c); i >= 0 {
		return `\` + `\abtnvfr`[i:i+1]
	}
	if c == 0 && !digitFollows {
		return `\0`
	}
	return fmt.Sprintf(`\%03o`, c)
}
