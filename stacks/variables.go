package stacks

import (
	"slices"
	"strings"
	"unicode/utf8"

	"sonde/cli"
	"sonde/symname"
	"sonde/unwind"
	"sonde/variables"
)

// maxKept is of how many frames of a thread variables are told: deeper ones are those of a
// recursion without end.
const maxKept = 1 << 14

// kept are the frames of a walk that variables are wanted of, and which of the thread's
// frames each has become.
type kept struct {
	frames []unwind.Frame
	at     []int
}

// keep notes a frame that is about to become the next one of a thread.
func (w *walker) keep(f *unwind.Frame, t *Thread) {
	if (w.o.Variables.Wanted() || w.o.DebugNames) && !w.o.Addresses && len(w.kept.frames) < maxKept {
		w.kept.frames = append(w.kept.frames, *f)
		w.kept.at = append(w.kept.at, len(t.Frames))
	}
}

// addVariables adds to the frames of a thread that has been walked what their functions'
// parameters and variables hold.
func (w *walker) addVariables(t *Thread) {
	k := &w.kept
	defer func() { k.frames, k.at = k.frames[:0], k.at[:0] }()
	shown := 0
	for shown < len(k.at) && k.at[shown] < len(t.Frames) { // one more may be there, for its call
		shown++
	}
	if shown == 0 {
		return
	}
	if w.variables == nil {
		o := w.o.Variables
		o.Raw = w.o.Raw
		w.variables = variables.New(w.names, o)
	}
	stack := variables.Stack{Walker: &w.Walker, Memory: w.memory, Images: w.images, Vectors: w.vectors, Frames: k.frames, Shown: shown}
	for i, scopes := range w.variables.Read(&stack) {
		t.Frames[k.at[i]].setScopes(scopes, w.o)
	}
}

// setScopes adds the variables of the functions that a frame is in.
func (f *Frame) setScopes(scopes []variables.Scope, o *Options) {
	if len(scopes) == 0 {
		return
	}
	last := len(scopes) - 1
	if o.Variables.Wanted() {
		f.Variables = &scopes[last]
	}
	if o.DebugNames {
		f.Function = debugName(&scopes[last], f.Function)
	}
	if last != len(f.Inlined) { // which were not asked for
		return
	}
	if o.Variables.Wanted() {
		f.InlinedVariables = scopes[:last]
	}
	if o.DebugNames {
		f.Inlined = slices.Clone(f.Inlined) // what others have, too
		for i := range f.Inlined {
			f.Inlined[i].Function = debugName(&scopes[i], f.Inlined[i].Function)
		}
	}
}

// debugName returns the name of a function in the source, unless it is a member of a class
// without one, which its symbol tells better.
func debugName(s *variables.Scope, symbol string) string {
	if s.Function == "" || symbol != "" && strings.Contains(s.Function, "(anonymous)") {
		return symbol
	}
	return symname.Brief(s.Function)
}

// scope returns the variables of the i-th function that is inlined in a frame; of the
// function itself, where that is one too many.
func (f *Frame) scope(i int) *variables.Scope {
	switch {
	case i < len(f.InlinedVariables):
		return &f.InlinedVariables[i]
	case i == len(f.Inlined):
		return f.Variables
	}
	return nil
}

// Bounds of what a line has of one value, in bytes. JSON has all of it.
const (
	maxParamText = 200
	maxLocalText = 1000
)

// appendParams appends the parameters of a function in parentheses, as gdb's backtraces
// have them. Those without a name are not shown.
func appendParams(b []byte, s *variables.Scope) []byte {
	b = append(b, " ("...)
	if s != nil {
		shown := 0
		for i := range s.Params {
			v := &s.Params[i]
			if v.Name == "" && (v.Value != "" || v.Absent != "") {
				continue
			}
			if shown > 0 {
				b = append(b, ", "...)
			}
			b = appendVariable(b, v, v.Name, "=", maxParamText)
			shown++
		}
	}
	return append(b, ')')
}

// appendLocals appends a line for each variable.
func appendLocals(b []byte, s *variables.Scope) []byte {
	if s == nil {
		return b
	}
	for i := range s.Locals {
		v := &s.Locals[i]
		b = append(b, "        "...)
		b = append(appendVariable(b, v, v.Declaration, " = ", maxLocalText), '\n')
	}
	return b
}

// appendVariable appends a variable with what it holds, or, where nobody asked for that,
// its declaration.
func appendVariable(b []byte, v *variables.Variable, name, is string, limit int) []byte {
	switch {
	case v.Value != "":
		return append(append(append(b, cli.Printable(name)...), is...), cut(v.Value, limit)...)
	case v.Absent != "":
		return append(append(append(append(b, cli.Printable(name)...), is...), '<'), cli.Printable(v.Absent)+">"...)
	}
	return append(b, cli.Printable(v.Declaration)...)
}

// cut ends a text that is longer than so many bytes, behind a whole character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "..."
}

// variablesKey is the same for frames whose variables look the same.
func (f *Frame) variablesKey() string {
	var b []byte
	for i := range len(f.Inlined) + 1 {
		b = appendLocals(appendParams(b, f.scope(i)), f.scope(i))
	}
	return strings.ReplaceAll(string(b), "\n", ";")
}
