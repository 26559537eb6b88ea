package display

import (
	"path"
	"strconv"

	"sonde/event"
)

// appendStack appends the lines of a stack, in the form that ltrace has for its -w, and an
// empty line behind them. Nothing stands for a stack of no frames.
func (t *Text) appendStack(b []byte, st *event.Stack) []byte {
	if !t.o.Stacks || len(st.Frames) == 0 && st.Why == "" {
		return b
	}
	for _, f := range st.Frames {
		b = t.appendFrame(b, f)
	}
	switch line := len(b); {
	case st.Why != "":
		b = append(t.appendNameOf(append(b, " > ... ("...), st.Why), ')')
		b = t.ended(b, line, 0, 0)
	case st.More && t.o.More:
		b = t.ended(append(b, " > ..."...), line, 0, 0)
	}
	return append(b, '\n')
}

// appendFrame appends a line for a frame, and before it one for each function that is
// inlined there:
//
//	> MODULE(FUNCTION+0xOFFSET) [0xADDRESS] at FILE:LINE
//
// Without a name of the function, 0xOFFSET is that in the file.
func (t *Text) appendFrame(b []byte, f *event.Frame) []byte {
	for i := range f.Inlined {
		in, line := &f.Inlined[i], len(b)
		b = append(t.appendNameOf(append(b, " > "...), f.Module), '(')
		args := len(b)
		b = t.appendNameOf(b, t.names.of(in.Function))
		tail := len(b)
		b = appendHex(append(b, ") ["...), uint64(f.PC))
		b = append(t.appendSource(append(b, ']'), &in.Source), " [inlined]"...)
		b = t.ended(b, line, args, tail)
	}
	line, args, tail := len(b), 0, 0
	b = append(b, " > "...)
	switch {
	case f.Signal:
		b = append(b, "<signal handler called>"...)
	case f.Function != "":
		b = append(t.appendNameOf(b, f.Module), '(')
		args = len(b)
		b = t.appendNameOf(b, t.names.of(f.Function))
		tail = len(b)
		b = append(appendHex(append(b, '+'), f.Offset), ')')
	case f.Module != "":
		b = t.appendNameOf(b, f.Module)
		b = append(appendHex(append(b, "(+"...), f.ModuleOffset), ')')
	default:
		b = append(b, "??"...)
	}
	b = append(appendHex(append(b, " ["...), uint64(f.PC)), ']')
	b = t.appendSource(b, &f.Source)
	if f.Guessed != "" {
		b = append(append(append(b, " (a guess: "...), f.Guessed...), ')')
	}
	return t.ended(b, line, args, tail)
}

// appendSource appends where in the source text a function is, where that is known.
func (t *Text) appendSource(b []byte, s *event.Source) []byte {
	if s.File == "" {
		return b
	}
	b = t.appendNameOf(append(b, " at "...), path.Base(s.File))
	if s.Line != 0 {
		b = strconv.AppendInt(append(b, ':'), int64(s.Line), 10)
	}
	return b
}

func (t *Text) appendNameOf(b []byte, s string) []byte { return appendName(b, s, t.o.UTF8) }

// endStack puts the stack of the open call behind its line, which has ended.
func (t *Text) endStack() {
	t.buf = append(t.buf, t.stack...)
	t.stack = t.stack[:0]
}
