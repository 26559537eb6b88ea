package display

import (
	"strconv"

	"sonde/event"
	"sonde/prototype"
	"sonde/sysdeps"
)

// systemCall is one whose line has ended before it has.
type systemCall struct {
	name string
	told told       // of its arguments
	exec event.Head // as in openCall
}

// told is how far the arguments of a system call have been shown where it begins.
type told struct {
	left  int  // how many are shown where it returns
	half  bool // of the first of these, what it was at the call has been shown
	aside bool // of one that has been shown, what has become of it follows the result
}

// part tells whether there is more to come.
func (w told) part() bool { return w.left > 0 || w.aside }

// systemCallArgs appends the arguments that are known when a system call is made, and of
// the next one what it is then: of a call that waits, its reader wants to know for what.
func (t *Text) systemCallArgs(name string, args []prototype.Value) (what told, comma bool) {
	n := 0
	for n < len(args) && (args[n].State != prototype.Later || isAside(&args[n])) {
		what.aside = what.aside || args[n].State == prototype.Later
		n++
	}
	comma = t.list(event.System, name, args[:n], false)
	what.left = len(args) - n
	if n < len(args) && isTwofold(&args[n]) {
		t.buf = t.sys.argument(t.o.Colours.on(t.buf, pieceArg), args[n].Was, comma, t.sys.named)
		t.buf = t.o.Colours.off(t.buf, pieceArg)
		what.half, comma = true, true
	}
	return what, comma
}

// systemReturnArgs appends the others, when it has returned.
func (t *Text) systemReturnArgs(r *event.Return, comma bool) {
	vs, what := r.Rest, told{left: len(r.Rest)}
	if c, ok := t.inside[r.TID]; ok && !r.Inherited {
		what = c.told
	} else if t.open.id == r.ID && !r.Inherited {
		what = t.open.told
	}
	vs = vs[max(0, len(vs)-what.left):]
	if what.half && len(vs) > 0 {
		t.buf = t.sys.outcome(t.o.Colours.on(t.buf, pieceArg), &vs[0])
		t.buf = t.o.Colours.off(t.buf, pieceArg)
		vs, comma = vs[1:], true
	}
	t.list(event.System, r.Name, vs, comma)
}

// isTwofold tells of an argument that leads to something else at the return than at the
// call: each is shown in its time. What it was of one number, or of some of a struct's
// fields, is shown beside what that has become.
func isTwofold(v *prototype.Value) bool {
	was := v.Was
	if was == nil || bracketed(was) || was.State != prototype.Captured || was.Type == nil || was.Type.Kind != prototype.Pointer {
		return false
	}
	return len(was.Elems) == 0 || !changesFields(&was.Elems[0])
}

// changesFields tells of a struct of which some fields alone are known at the call, its
// own or those of a struct within.
func changesFields(v *prototype.Value) bool {
	if v.Type == nil || v.Type.Kind != prototype.Struct {
		return false
	}
	for i := range v.Type.Fields {
		if v.Type.Fields[i].InOut || i < len(v.Elems) && changesFields(&v.Elems[i]) {
			return true
		}
	}
	return false
}

// maxInside caps how many calls are remembered that may have been cut off: more
// threads there are hardly, and an end that nobody has told of costs little.
const maxInside = 1 << 16

// resuming says what restart_syscall(2) goes on with: it has no arguments.
func (t *Text) resuming(name string) {
	if name == "" {
		name = "system call"
	}
	t.buf = append(append(append(t.buf, "<... resuming interrupted "...), name...), " ...>"...)
}

// finishSystem ends the line of a system call. One that never returns has no
// result, as strace tells it, and so has one that its thread's end cuts off.
func (t *Text) finishSystem(how string) {
	switch {
	case t.open.never:
		t.equals()
		t.buf = append(t.buf, '?')
		t.endLine()
	case how == noReturn:
		t.cutOff(t.open.told.part())
	default:
		if t.open.told.left > 0 && !t.open.told.half && t.open.args {
			t.buf = append(t.buf, ", "...)
		}
		t.endWith(how)
		if how != detached && len(t.inside) < maxInside {
			t.inside[t.open.tid] = systemCall{t.open.name, t.open.told, t.open.exec}
			t.open.exec.TID = 0
		}
	}
	t.endStack()
	t.execed(&t.open.exec)
	t.open.exec.TID = 0
}

// unavailable ends the line of a system call whose result nobody can be asked for any
// more, as strace does.
func (t *Text) unavailable(a *event.Abandoned) {
	if t.open.is(a.ID, a.TID) {
		t.open.held = false
	} else {
		t.resumed(&a.Head, a.Kind, a.Return, a.Depth, a.Name)
	}
	t.equals()
	t.buf = t.o.Colours.word(append(t.buf, "? "...), pieceEvent, unavailable)
	t.endLine()
	t.endStack()
	t.leave(a.TID)
}

// cutOff ends the line of a call that its thread's end has cut off.
func (t *Text) cutOff(more bool) {
	if more {
		t.buf = t.o.Colours.word(append(t.buf, ' '), pieceEvent, unfinished)
	}
	t.equals()
	t.buf = append(t.buf, '?')
	t.endLine()
}

// leave forgets a thread's system call, which has returned, and tells of the exec
// that it was.
func (t *Text) leave(tid int) {
	exec := t.open.exec
	t.open.exec.TID = 0
	if c, in := t.inside[tid]; in {
		exec = c.exec
		delete(t.inside, tid)
	}
	t.execed(&exec)
}

// endInside tells of a system call that a thread has not left when it ends.
func (t *Text) endInside(h *event.Head) {
	c, ok := t.inside[h.TID]
	if !ok {
		return
	}
	delete(t.inside, h.TID)
	t.resumed(h, event.System, 0, 0, c.name)
	t.cutOff(c.told.part())
	t.execed(&c.exec)
}

// restarts are what the kernel tells itself of calls that a signal interrupts, by
// number from 512 on (include/linux/errno.h), as strace words them.
var restarts = [...]restart{
	0: {"ERESTARTSYS", "To be restarted if SA_RESTART is set"},
	1: {"ERESTARTNOINTR", "To be restarted"},
	2: {"ERESTARTNOHAND", "To be restarted if no handler"},
	4: {"ERESTART_RESTARTBLOCK", "Interrupted by signal"},
}

type restart struct{ name, text string }

// restartOf returns how an interrupted call goes on, if its error number says so.
func restartOf(errno int) (r restart, ok bool) {
	if i := errno - firstRestart; i >= 0 && i < len(restarts) {
		r = restarts[i]
	}
	return r, r.name != ""
}

const firstRestart = 512

// systemResult appends what a system call returned.
func (t *Text) systemResult(r *event.Return) {
	how, restarts := restartOf(r.Errno)
	p := pieceRet
	if r.Errno != 0 && !restarts {
		p = pieceErrno
	}
	t.buf = t.o.Colours.on(t.buf, p)
	switch {
	case restarts:
		t.buf = append(append(append(t.buf, "? "...), how.name...), " ("...)
		t.buf = append(append(t.buf, how.text...), ')')
	case r.Errno == 0:
		t.buf = t.sys.result(t.buf, &r.Result)
		t.buf = t.sys.asides(t.buf, &r.Result, r.Rest)
	default:
		t.buf = appendFailure(t.buf, r.Errno)
	}
	t.buf = t.o.Colours.off(t.buf, p)
}

// notSupported is the kernel's own ENOTSUPP (include/linux/errno.h), which bpf(2) and
// file systems let out.
const notSupported = 524

// appendFailure appends what libc makes of an error number.
func appendFailure(b []byte, errno int) []byte {
	b = append(b, "-1 "...)
	name := sysdeps.ErrnoName(errno)
	if name == "" && errno == notSupported {
		return append(b, "ENOTSUPP (Unknown error 524)"...)
	}
	if name == "" {
		b = strconv.AppendInt(append(b, "(errno "...), int64(errno), 10)
		return append(b, ')')
	}
	b = append(append(b, name...), " ("...)
	return append(append(b, sysdeps.ErrnoText(errno)...), ')')
}

// result appends what a system call that has not failed returned: the number, and
// behind it in parentheses what it means.
func (p *straceValues) result(b []byte, v *prototype.Value) []byte {
	t := v.Type
	if t == nil {
		return strconv.AppendInt(b, v.Signed(), 10)
	}
	if v.State == prototype.Captured && t.Kind == prototype.Int {
		return p.intResult(b, v)
	}
	if t.Kind == prototype.Pointer && v.Word == 0 {
		return append(b, '0')
	}
	if v.State == prototype.Captured && t.Kind == prototype.Struct && t.Lens == prototype.Listed {
		b = append(strconv.AppendInt(b, v.Signed(), 10), " ("...)
		return append(p.value(b, v), ')')
	}
	return p.value(b, v)
}

func (p *straceValues) intResult(b []byte, v *prototype.Value) []byte {
	t, word := v.Type, v.Word&wordMask(sizeOf(v))
	switch {
	case t.Lens == prototype.Time:
		return p.date(strconv.AppendInt(b, v.Signed(), 10), " (", ")", v.Signed(), 0, secondsLayout)
	case t.Names == nil || t.Lens == prototype.Oct || t.Lens == prototype.Descriptor:
		return p.integer(b, v)
	case t.Names.Set && t.Lens == prototype.Hex: // a word that is not called flags
		return p.setResult(appendAlternate(b, word), "", v)
	case t.Names.Set:
		what := "flags"
		if t.Unit != "" {
			what = t.Unit
		}
		return p.setResult(appendAlternate(b, word), what, v)
	}
	name := nameOf(t.Names, word, wordMask(sizeOf(v)))
	if t.Lens == prototype.Hex {
		b = appendAlternate(b, word)
	} else {
		b = appendNumber(b, v)
	}
	if name == "" {
		return b
	}
	return append(appendName(append(b, " ("...), name, false), ')')
}

// setResult appends what the bits of a result mean, and what they are called, if any of
// them is set or has a name for being none.
func (p *straceValues) setResult(b []byte, what string, v *prototype.Value) []byte {
	end := len(b)
	b = append(b, " ("...)
	if what != "" {
		b = append(appendName(b, what, false), ' ')
	}
	from := len(b)
	if b = p.flags(b, v); string(b[from:]) == "0" {
		return b[:end]
	}
	return append(b, ')')
}

// nameOf returns what an enum calls a number, or "".
func nameOf(names *prototype.Names, word, mask uint64) string {
	for i := range names.Known {
		if names.Any || (names.Known[i].Value^word)&mask == 0 {
			return names.Known[i].Name
		}
	}
	return ""
}
