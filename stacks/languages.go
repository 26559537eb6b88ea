package stacks

import (
	"fmt"

	"sonde/elfsym"
	"sonde/golang"
	"sonde/python"
	"sonde/symbolize"
	"sonde/sysdeps"
	"sonde/unwind"
)

// languagePython is the Language of frames that CPython tells of.
const languagePython = "python"

// languages is what interpreters and runtimes in a process tell of its threads: functions
// for which there is no code of their own, but which an interpreter's C functions run, and
// goroutines.
type languages struct {
	of     *elfsym.Images
	python *python.Interpreter
	// running is what threads run of Python, by thread pointer.
	running map[uint64][]python.Activation
	golang  *golang.Program
	goList  bool // goroutines that no thread runs are wanted, too
	// goroutines are those that threads run, by TID, and parked those that none runs.
	goroutines map[int]uint64
	parked     []golang.Goroutine
	damage     []error
}

// standing is a thread that stands still.
type standing struct {
	tid  int
	regs *sysdeps.Regs
}

// reading is how languages are read while a process stands still.
type reading struct {
	limit int                   // frames of a thread
	keep  func([]sysdeps.Range) // copies memory that is needed later; nil where all stays
	late  func() bool           // tells that the process has stood still for long enough
}

// languages looks for interpreters. A live process may still run: only what does not
// change is read.
func (o *Options) languages(im *elfsym.Images, mem sysdeps.Memory) *languages {
	l := &languages{of: im}
	if !o.Languages || im == nil {
		return l
	}
	in, err := python.Find(im, mem)
	if err != nil {
		l.damage = append(l.damage, err)
	}
	l.python = in
	l.findGo(o, mem)
	return l
}

// findGo looks whether the program is one of Go's.
func (l *languages) findGo(o *Options, mem sysdeps.Memory) {
	images := l.of.All()
	if len(images) == 0 || !golang.Is(images[0]) {
		return
	}
	p, err := golang.Open(images[0])
	if l.golang = p; err == nil && o.Goroutines {
		err = p.Find(images[0], l.of, mem)
		l.goList = err == nil
	}
	if err != nil {
		l.damage = append(l.damage, err)
	}
}

// read reads what threads run. A live process stands still.
func (l *languages) read(mem sysdeps.Memory, threads []standing, o *reading) {
	l.readPython(mem, threads, o.limit)
	l.readGo(mem, threads, o)
}

func (l *languages) readPython(mem sysdeps.Memory, of []standing, limit int) {
	if l.python == nil {
		return
	}
	wanted := make(map[uint64]bool, len(of))
	for i := range of {
		wanted[of[i].regs.Get(sysdeps.FSBase)] = true
	}
	threads, err := l.python.Threads(mem, limit, func(id uint64) bool { return wanted[id] })
	if err != nil {
		l.fail(err)
	}
	l.running = make(map[uint64][]python.Activation, len(threads))
	for i := range threads {
		th := &threads[i]
		// A thread that is in several interpreters has a state in each.
		l.running[th.ID] = append(l.running[th.ID], th.Activations...)
		if th.Err != nil {
			l.fail(th.Err)
		}
	}
}

func (l *languages) fail(err error) {
	l.damage = append(l.damage, fmt.Errorf("read what CPython %s runs: %w", l.python.Version, err))
}

// activations are what is still to be placed of a thread.
type activations struct {
	left []python.Activation
}

// of returns what a thread runs.
func (l *languages) runs(r *sysdeps.Regs) activations {
	return activations{l.running[r.Get(sysdeps.FSBase)]}
}

// in takes the functions that are run by the C function of a frame.
func (a *activations) in(f *unwind.Frame) []python.Frame {
	if len(a.left) == 0 {
		return nil
	}
	sp, ok := f.Registers.Get(sysdeps.RSP)
	lo, hi := sysdeps.Addr(sp), f.CFA
	if !ok {
		return nil
	}
	for i := range a.left {
		if at := a.left[i].At; lo <= at && at < hi {
			frames := a.left[i].Frames
			a.left = append(a.left[:i:i], a.left[i+1:]...)
			return frames
		}
	}
	return nil
}

// rest takes what has not been placed.
func (a *activations) rest() (all []python.Frame) {
	for i := range a.left {
		all = append(all, a.left[i].Frames...)
	}
	a.left = nil
	return all
}

// addPython adds Python functions that code at pc runs, or tells that there are enough
// frames.
func (w *walker) addPython(t *Thread, pc sysdeps.Addr, frames []python.Frame) bool {
	for i := range frames {
		f := &frames[i]
		if !w.add(t, Frame{
			PC: pc, Language: languagePython,
			Place: symbolize.Place{Function: f.Function, Source: symbolize.Source{File: f.File, Line: f.Line}},
		}) {
			return false
		}
	}
	return true
}

// taken returns what has gone wrong since it was called last.
func (l *languages) taken() []error {
	damage := l.damage
	l.damage = nil
	return damage
}
