package trace

import (
	"time"

	"sonde/elfsym"
	"sonde/event"
	"sonde/proc"
	"sonde/symbolize"
	"sonde/sysdeps"
	"sonde/unwind"
)

// frameNames tells what the frames of stacks are in. Stacks resemble each other: what has
// been found of a place is kept, and shared by all events.
type frameNames struct {
	lines   bool
	symbols *symbolize.Symbolizer // nil before the first frame
	known   map[framePlace]*event.Frame
	jit     map[*proc.Process]*jitNames
	damaged int // how much of the symbolizer's damage has been told
}

// framePlace is what a Frame depends on.
type framePlace struct {
	image       *elfsym.Image
	process     *proc.Process // of code that is in no file
	pc          sysdeps.Addr
	ret, signal bool
	guess       unwind.How // Given: it is none
}

// maxPlaces bounds how many frames are kept.
const maxPlaces = 1 << 16

// jitNames are the names that a process has written down of code that it has made.
type jitNames struct {
	symbols *symbolize.Symbolizer
	read    time.Duration
}

// jitAfter is how old these must be to be read again for code that has no name.
const jitAfter = time.Second

// frame returns what a frame of a thread's is in.
func (s *Session) frame(th *proc.Thread, f *unwind.Frame) *event.Frame {
	n := &s.walker.names
	at := framePlace{image: f.Image, pc: f.PC, ret: f.Return, signal: f.Signal}
	if f.Image == nil {
		at.process = th.Process
	}
	if f.How.Guessed() {
		at.guess = f.How
	}
	known := n.known[at]
	if known != nil && (f.Image != nil || known.Function != "" || !n.mayBeNamed(th.Process, s.now)) {
		return known
	}
	if n.known == nil || len(n.known) >= maxPlaces {
		n.known = make(map[framePlace]*event.Frame)
	}
	place := n.symbolizer(at.process, s.now).Place(f)
	known = newFrame(f, &place)
	n.known[at] = known
	for damage := n.symbols.Damage(); n.damaged < len(damage); n.damaged++ {
		s.warn(damage[n.damaged])
	}
	return known
}

// symbolizer returns what names frames that are in files, or where process is not nil those
// in code that this one has made.
func (n *frameNames) symbolizer(process *proc.Process, now time.Duration) *symbolize.Symbolizer {
	if n.symbols == nil {
		n.symbols = symbolize.New(symbolize.Options{Raw: true, Lines: n.lines, Inlined: n.lines})
	}
	if process == nil {
		return n.symbols
	}
	if n.mayBeNamed(process, now) {
		if n.jit == nil {
			n.jit = make(map[*proc.Process]*jitNames)
		}
		n.jit[process] = &jitNames{symbolize.New(symbolize.Options{Raw: true, PID: process.PID}), now}
	}
	return n.jit[process].symbols
}

// mayBeNamed tells whether a process may have named more of its code since that was looked
// at.
func (n *frameNames) mayBeNamed(process *proc.Process, now time.Duration) bool {
	j := n.jit[process]
	return j == nil || now-j.read >= jitAfter
}

// forget drops what is known of code that a process has made, which has ended or has
// another program now.
func (n *frameNames) forget(process *proc.Process) {
	if n.jit[process] != nil {
		delete(n.jit, process)
		clear(n.known)
	}
}

// close ends the use of debugging information.
func (n *frameNames) close() {
	if n.symbols != nil {
		n.symbols.Close()
	}
}

func newFrame(f *unwind.Frame, p *symbolize.Place) *event.Frame {
	to := &event.Frame{
		PC: f.PC, Module: p.Module, ModuleOffset: p.ModuleOffset, Function: p.Function, Offset: p.Offset,
		Signal: f.Signal, Source: event.Source{File: p.File, Line: p.Line},
	}
	if f.How.Guessed() {
		to.Guessed = f.How.String()
	}
	for i := range p.Inlined {
		in := &p.Inlined[i]
		to.Inlined = append(to.Inlined, event.Inlined{Function: in.Function, Source: event.Source{File: in.File, Line: in.Line}})
	}
	return to
}
