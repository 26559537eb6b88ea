package variables

import (
	"sonde/capture"
	"sonde/display"
	"sonde/elfsym"
	"sonde/prototype/dwarf"
	"sonde/symbolize"
	"sonde/sysdeps"
	"sonde/unwind"
)

// Options are what is wanted of variables.
type Options struct {
	Params bool // the parameters
	Locals bool // the variables of the blocks that the code is in
	Values bool // what they hold
	Raw    bool // symbols as they are in files
}

// Wanted tells whether any variable is.
func (o *Options) Wanted() bool { return o.Params || o.Locals }

// Variable is a parameter or a variable in a frame. It marshals to JSON.
type Variable struct {
	Name        string `json:"name"`
	Declaration string `json:"declaration,omitempty"` // as the source has it: char *argv[2]
	// Value is what it holds, as sonde writes arguments; "" where that was not asked for, or
	// is not known.
	Value string `json:"value,omitempty"`
	// Absent is why its value is not known.
	Absent string `json:"absent,omitempty"`
}

// Scope are the variables of one function, which may have been inlined.
type Scope struct {
	Function string     `json:"-"` // in the source, with its namespaces and classes
	Params   []Variable `json:"params,omitempty"`
	Locals   []Variable `json:"locals,omitempty"`
}

// Limits of what is shown of one value.
const (
	maxString = 64 // bytes, or characters of wide ones
	maxArray  = 8  // elements
)

// Reader reads the variables of the stacks of one process. It belongs to one goroutine.
type Reader struct {
	options Options
	names   *symbolize.Symbolizer
	capture *capture.Reader
	values  *display.Values
	plans   map[planKey]*capture.Plan

	// Of the stack at hand:
	walker  *unwind.Walker
	vectors *sysdeps.Vectors
	thread  capture.Thread
	frames  []unwind.Frame
	sure    int // how many of the frames are no guesses, and lie before any
}

// planKey is what a capture.Plan depends on.
type planKey struct {
	arch       *sysdeps.Arch
	convention string
}

// New returns a Reader for the process that names is of.
func New(names *symbolize.Symbolizer, o Options) *Reader {
	return &Reader{
		options: o, names: names,
		capture: capture.NewReader(capture.Limits{Strings: maxString, Elements: maxArray}),
		values:  display.NewValues(display.ValueOptions{Strings: maxString, Array: maxArray, Names: true, Raw: o.Raw}),
		plans:   make(map[planKey]*capture.Plan),
	}
}

// Stack is a stack that has been walked.
type Stack struct {
	Walker *unwind.Walker // that walked it last
	Memory sysdeps.Memory
	Images *elfsym.Images
	// Vectors are the vector registers of the innermost frame; nil if they are not known.
	Vectors *sysdeps.Vectors
	// Frames are its frames from the innermost on. Variables are wanted of the first Shown;
	// one more may be there for what its call tells of the last of these.
	Frames []unwind.Frame
	Shown  int
}

// Read returns the variables of the frames of a stack: for each frame those of the functions
// that are inlined there, the innermost first, and then of the function itself; none where
// debugging information does not tell.
func (r *Reader) Read(s *Stack) [][]Scope {
	all := make([][]Scope, min(s.Shown, len(s.Frames)))
	if len(all) == 0 {
		return all
	}
	r.walker, r.vectors, r.frames, r.sure = s.Walker, s.Vectors, s.Frames, 0
	for r.sure < len(r.frames) && !isGuess(&r.frames[r.sure]) {
		r.sure++
	}
	regs := sysdeps.Regs{Arch: r.frames[0].Registers.Arch}
	r.thread = capture.Thread{Memory: s.Memory, Regs: &regs, Info: &informed{images: s.Images}}
	for i := range all {
		all[i] = r.frame(i)
	}
	return all
}

// isGuess tells of frames whose registers are not those of the function for sure.
func isGuess(f *unwind.Frame) bool { return f.How == unwind.Pointer || f.How == unwind.Scan }

// frame returns the variables of one frame.
func (r *Reader) frame(i int) []Scope {
	var all []Scope
	for _, s := range r.names.Scopes(&r.frames[i]) {
		t := &terms{Scope: s, r: r, frame: i}
		scope := Scope{Function: s.Function}
		if r.options.Params {
			scope.Params = r.variables(t, s.Params)
		}
		if r.options.Locals {
			scope.Locals = r.variables(t, s.Locals)
		}
		all = append(all, scope)
	}
	return all
}

func (r *Reader) variables(t *terms, vs []dwarf.Variable) []Variable {
	var all []Variable
	for i := range vs {
		v := Variable{Name: vs[i].Name, Declaration: vs[i].Declaration}
		if r.options.Values {
			v.Value, v.Absent = r.value(t, &vs[i])
		}
		all = append(all, v)
	}
	return all
}
