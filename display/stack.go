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
	switch {
	case st.Why != "":
		b = append(t.appendNameOf(append(b, " > ... ("...), st.Why), ")\n"...)
	case st.More && t.o.More:
		b = append(b, " > ...\n"...)
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
		in := &f.Inlined[i]
		b = t.appendNameOf(append(b, " > "...), f.Module)
		b = t.appendNameOf(append(b, '('), t.names.of(in.Function))
		b = appendHex(append(b, ") ["...), uint64(f.PC))
		b = append(t.appendSource(append(b, ']'), &in.Source), " [inlined]\n"...)
	}
	b = append(b, " > "...)
	switch {
	case f.Signal:
		b = append(b, "<signal handler called>"...)
	case f.Function != "":
		b = t.appendNameOf(b, f.Module)
		b = t.appendNameOf(append(b, '('), t.names.of(f.Function))
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
	return append(b, '\n')
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
