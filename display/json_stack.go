package display

import "sonde/event"

// stack adds the stack of an event, where there is one: the innermost frame first.
func (j *JSON) stack(st *event.Stack) {
	if !j.o.Stacks || len(st.Frames) == 0 && st.Why == "" {
		return
	}
	j.buf = append(appendKey(j.buf, "stack"), '[')
	for i, f := range st.Frames {
		if i > 0 {
			j.buf = append(j.buf, ',')
		}
		j.frame(f)
	}
	j.buf = append(j.buf, ']')
	j.flag("stack_more", st.More)
	j.some("stack_why", st.Why)
}

func (j *JSON) frame(f *event.Frame) {
	j.buf = append(j.buf, '{')
	j.addr("pc", f.PC)
	if f.Module != "" {
		j.str("module", f.Module)
		j.buf = appendJSONAddress(appendKey(j.buf, "module_offset"), f.ModuleOffset)
	}
	j.function(f.Function)
	if f.Function != "" {
		j.buf = appendJSONUint(appendKey(j.buf, "offset"), f.Offset)
	}
	j.source(&f.Source)
	j.flag("signal", f.Signal)
	j.some("guessed", f.Guessed)
	if len(f.Inlined) > 0 {
		j.buf = append(appendKey(j.buf, "inlined"), '[')
		for i := range f.Inlined {
			if i > 0 {
				j.buf = append(j.buf, ',')
			}
			j.buf = append(j.buf, '{')
			j.function(f.Inlined[i].Function)
			j.source(&f.Inlined[i].Source)
			j.buf = append(j.buf, '}')
		}
		j.buf = append(j.buf, ']')
	}
	j.buf = append(j.buf, '}')
}

// function adds the name of a frame's function, and the symbol where that is not the same.
func (j *JSON) function(symbol string) {
	if symbol == "" {
		return
	}
	name := j.names.of(symbol)
	j.str("function", name)
	if name != symbol {
		j.str("symbol", symbol)
	}
}

func (j *JSON) source(s *event.Source) {
	if s.File == "" {
		return
	}
	j.str("file", s.File)
	if s.Line != 0 {
		j.num("line", s.Line)
	}
}
