package stacks

import (
	"time"

	"sonde/elfsym"
	"sonde/symname"
	"sonde/sysdeps"
	"sonde/unwind"
)

// Options are what is wanted of stacks.
type Options struct {
	Limit   int           // frames of each thread at most; 0 for all
	MaxStop time.Duration // how long a process may stand still; 0 for snapshot's default
	TIDs    []int         // the threads that are wanted; none for all
	Raw     bool          // names as they are in files
}

// Process is what is told of a process or core file.
type Process struct {
	PID     int      `json:"pid"`
	Program string   `json:"program"`        // its executable; "" where that is not known
	Core    string   `json:"core,omitempty"` // the core file
	Threads []Thread `json:"threads"`        // by TID
	// Still is for how long a live process stood still, and Copied the bytes of stacks.
	Still  time.Duration `json:"still_ns,omitempty"`
	Copied uint64        `json:"-"`
}

// Thread is a thread and its stack.
type Thread struct {
	TID     int    `json:"tid"`
	Name    string `json:"name,omitempty"`
	State   string `json:"state,omitempty"`   // in a word: "running", "sleeping"
	Syscall string `json:"syscall,omitempty"` // that it is in
	// Signal is, in a core file, what it died of.
	Signal string  `json:"signal,omitempty"`
	Frames []Frame `json:"frames"`
	// Cut says that there are more frames than the limit.
	Cut bool `json:"cut,omitempty"`
	// Why is why the frames may not be all; "" where they are.
	Why string `json:"why,omitempty"`
}

// Frame is a frame, with what is known of the code that it is in.
type Frame struct {
	PC       sysdeps.Addr `json:"pc"`
	Function string       `json:"function,omitempty"` // "" where it has no name
	Offset   uint64       `json:"offset,omitempty"`   // of PC within the function
	Module   string       `json:"module,omitempty"`   // the file, as the process has it
	// ModuleOffset is the address in the file.
	ModuleOffset uint64 `json:"module_offset,omitempty"`
	Signal       bool   `json:"signal,omitempty"`  // no function: a signal handler returns to it
	Guessed      string `json:"guessed,omitempty"` // by what, where no table tells of it
}

// walk walks the stack of a thread.
func (o *Options) walk(w *unwind.Walker, m sysdeps.Memory, im *elfsym.Images, r *sysdeps.Regs, t *Thread) {
	w.Start(m, im, r)
	for {
		f, ok := w.Next()
		if !ok {
			break
		}
		if o.Limit > 0 && len(t.Frames) == o.Limit {
			t.Cut = true
			return
		}
		t.Frames = append(t.Frames, o.frame(f))
	}
	if stop := w.Stopped(); !stop.Complete() {
		t.Why = stop.Error()
	}
}

// frame names what a frame is in.
func (o *Options) frame(f *unwind.Frame) Frame {
	named := Frame{PC: f.PC, Signal: f.Signal}
	if f.How.Guessed() {
		named.Guessed = f.How.String()
	}
	if f.Image == nil {
		return named
	}
	named.Module, named.ModuleOffset = f.Image.Name, f.Image.Link(f.PC)
	if sym, off, ok := f.Image.Symbol(f.Lookup()); ok {
		named.Function, named.Offset = sym.Name, off+uint64(f.PC-f.Lookup())
		if n, ok := symname.Demangle(sym.Name); ok && !o.Raw {
			named.Function = symname.Brief(n.Full)
		}
	}
	return named
}

// wants tells whether a thread is wanted.
func (o *Options) wants(tid int) bool {
	for _, t := range o.TIDs {
		if t == tid {
			return true
		}
	}
	return len(o.TIDs) == 0
}
