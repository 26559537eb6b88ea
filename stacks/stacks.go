package stacks

import (
	"time"

	"sonde/elfsym"
	"sonde/symbolize"
	"sonde/sysdeps"
	"sonde/unwind"
	"sonde/variables"
)

// Options are what is wanted of stacks.
type Options struct {
	Limit   int           // frames of each thread at most; 0 for all
	MaxStop time.Duration // how long a process may stand still; 0 for snapshot's default
	TIDs    []int         // the threads that are wanted; none for all
	Given   []Given       // stacks that no thread is on, which are wanted instead of threads
	// Nonblocking stops nothing: what /proc tells is all that there is.
	Nonblocking bool
	Raw         bool // names as they are in files
	Lines       bool // the lines of the source, too
	Inlined     bool // the functions that were inlined, too
	// Addresses asks for frames without names, which a Resolver can name elsewhere.
	Addresses bool
	// Languages asks for the functions that interpreters run, too.
	Languages bool
	// Goroutines asks for goroutines of a Go program that no thread runs, too.
	Goroutines bool
	// Variables asks for the parameters and variables of functions, too.
	Variables variables.Options
	// DebugNames takes the names of functions from debugging information, where that has
	// them, and not from symbols.
	DebugNames bool
}

// Process is what is told of a process or core file.
type Process struct {
	PID     int    `json:"pid"`
	Program string `json:"program"`        // its executable; "" where that is not known
	Core    string `json:"core,omitempty"` // the core file
	// NSPIDs are its numbers in the PID namespaces that it is in, from ours inwards; none
	// where it is in ours alone.
	NSPIDs []int `json:"ns_pids,omitempty"`
	// Kernel says that it is a thread of the kernel's.
	Kernel bool `json:"kernel_thread,omitempty"`
	// Nonblocking says that it was not stopped.
	Nonblocking bool     `json:"nonblocking,omitempty"`
	Threads     []Thread `json:"threads"` // by TID
	// Time is when a live process was looked at, and Sample which time that was, where
	// there are several.
	Time   time.Time `json:"time,omitzero"`
	Sample int       `json:"sample,omitempty"`
	// Still is for how long a live process stood still, and Copied the bytes of stacks.
	Still  time.Duration `json:"still_ns,omitempty"`
	Copied uint64        `json:"-"`
	// Raw is not 0 where frames have no names but what a Resolver finds them by: the Modules,
	// and the size of an address in bytes.
	Raw     int      `json:"raw,omitempty"`
	PtrSize int      `json:"address_size,omitempty"`
	Modules []Module `json:"modules,omitempty"`
	// Damage is what is wrong with files that frames are named by.
	Damage []error `json:"-"`
}

// Thread is a thread and its stack.
type Thread struct {
	TID int `json:"tid"`
	// Stack is the stack pointer of a stack that no thread is on: there is no TID.
	Stack string `json:"stack,omitempty"`
	// Goroutine is the number of the goroutine that the thread runs, or, where there is no
	// TID, of one that no thread runs; 0 for none.
	Goroutine uint64 `json:"goroutine,omitempty"`
	Name      string `json:"name,omitempty"`
	State     string `json:"state,omitempty"`   // in a word: "running", "sleeping"
	NSTID     int    `json:"ns_tid,omitempty"`  // its number in the innermost PID namespace, if that is not ours
	Syscall   string `json:"syscall,omitempty"` // that it is in
	// Args are what Syscall was called with, where the thread was not stopped.
	Args []uint64 `json:"syscall_args,omitempty"`
	// Wchan is the function of the kernel that it sleeps in, and Kernel are those that
	// called that one, FUNCTION+OFFSET/SIZE, the innermost first: of threads that could
	// not be stopped, or were not to be.
	Wchan  string   `json:"wchan,omitempty"`
	Kernel []string `json:"kernel_stack,omitempty"`
	// Signal is, in a core file, what it died of.
	Signal string  `json:"signal,omitempty"`
	Frames []Frame `json:"frames"`
	// Cut says that there are more frames than the limit.
	Cut bool `json:"cut,omitempty"`
	// PtrSize is the size of an address in bytes; 0 where there are no frames.
	PtrSize int `json:"-"`
	// Why is why the frames may not be all; "" where they are.
	Why string `json:"why,omitempty"`
}

// Frame is a frame, with what is known of the code that it is in.
type Frame struct {
	PC sysdeps.Addr `json:"pc"`
	symbolize.Place
	Return  bool   `json:"return,omitempty"`  // PC is where a call comes back to
	Signal  bool   `json:"signal,omitempty"`  // no function: a signal handler returns to it
	Guessed string `json:"guessed,omitempty"` // by what, where no table tells of it
	// Variables are the function's own, and InlinedVariables those of Inlined.
	Variables        *variables.Scope  `json:"variables,omitempty"`
	InlinedVariables []variables.Scope `json:"inlined_variables,omitempty"`
	// Language is that of a function without code of its own ("python"), which the next
	// frame without one runs: PC is there.
	Language string `json:"language,omitempty"`
}

// symbolizer returns what names the frames of a process; pid is 0 for those of a core file.
func (o *Options) symbolizer(pid int) *symbolize.Symbolizer {
	return symbolize.New(symbolize.Options{Raw: o.Raw, Lines: o.Lines, Inlined: o.Inlined, PID: pid})
}

// walker walks the stacks of a process and names their frames.
type walker struct {
	o      *Options
	memory sysdeps.Memory
	images *elfsym.Images
	names  *symbolize.Symbolizer
	langs  *languages
	unwind.Walker

	used map[*elfsym.Image]bool // by frames without names

	taken     []Frame     // of one thread after the other
	running   activations // of the thread at hand
	kept      kept        // of its walk
	variables *variables.Reader
	vectors   *sysdeps.Vectors // of the thread at hand; nil if they are not known
}

// walk walks the stack of a thread.
func (w *walker) walk(r *sysdeps.Regs, t *Thread) {
	w.running = w.langs.runs(r)
	w.Start(w.memory, w.images, r)
	w.frames(r.Arch, t)
	w.running, w.vectors = activations{}, nil
}

// frames takes the frames of a walk that has begun.
func (w *walker) frames(arch *sysdeps.Arch, t *Thread) {
	t.PtrSize = arch.PtrSize
	t.Frames = w.taken[:0]
	w.take(t)
	w.taken = t.Frames
	t.Frames = append(make([]Frame, 0, len(w.taken)), w.taken...)
	w.addVariables(t)
}

// take takes them as far as they are wanted.
func (w *walker) take(t *Thread) {
	for {
		f, ok := w.Next()
		if !ok {
			break
		}
		if !w.addPython(t, f.PC, w.running.in(f)) {
			return
		}
		w.keep(f, t)
		named := Frame{PC: f.PC, Place: w.place(f), Return: f.Return, Signal: f.Signal}
		w.label(&named, f)
		if f.How.Guessed() {
			named.Guessed = f.How.String()
		}
		if !w.add(t, named) {
			return
		}
	}
	if !w.addPython(t, 0, w.running.rest()) {
		return
	}
	if stop := w.Stopped(); !stop.Complete() {
		t.Why = stop.Error()
	}
}

// add adds a frame to a thread, or tells that there are enough.
func (w *walker) add(t *Thread, f Frame) bool {
	t.Cut = w.o.Limit > 0 && len(t.Frames) == w.o.Limit
	if !t.Cut {
		t.Frames = append(t.Frames, f)
	}
	return !t.Cut
}

// wants tells whether a thread is wanted.
func (o *Options) wants(tid int) bool {
	for _, t := range o.TIDs {
		if t == tid {
			return true
		}
	}
	return len(o.TIDs) == 0 && len(o.Given) == 0
}
