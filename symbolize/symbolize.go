package symbolize

import (
	"errors"

	"sonde/elfsym"
	"sonde/prototype/dwarf"
	"sonde/sysdeps"
	"sonde/unwind"
)

// Options are what is wanted of frames.
type Options struct {
	Raw     bool // names as they are in files
	Lines   bool // the lines of the source
	Inlined bool // the functions that were inlined
	// PID is the process whose list of JIT-compiled functions is read; 0 for none.
	PID int
}

// Symbolizer tells what frames are in. What it has found it keeps. It belongs to one
// goroutine, and is of one process, whose images may change.
type Symbolizer struct {
	options Options
	data    map[*elfsym.File]*dwarf.Data // nil where there is none
	known   map[place]Place
	scopes  map[scopesOf][]*dwarf.Scope
	// scopeless has those whose variables are damaged.
	scopeless map[*dwarf.Data]bool
	jit       *jitMap // nil before it is read
	damage    []error
}

// place is what a Place depends on.
type place struct {
	image      *elfsym.Image
	pc, lookup sysdeps.Addr
}

// maxKnown bounds how many places are kept.
const maxKnown = 1 << 16

// New returns a Symbolizer that has read nothing yet.
func New(o Options) *Symbolizer {
	return &Symbolizer{options: o, data: make(map[*elfsym.File]*dwarf.Data), known: make(map[place]Place)}
}

// Close ends the use of all debugging information. Places stay good.
func (s *Symbolizer) Close() error {
	var errs []error
	for _, d := range s.data {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	clear(s.data)
	return errors.Join(errs...)
}

// Damage returns what is wrong with the debugging information that was asked for, one
// error for each file at most. That there is none is not wrong.
func (s *Symbolizer) Damage() []error { return s.damage }

// Place tells what a frame is in. Its Inlined is not to be changed.
func (s *Symbolizer) Place(f *unwind.Frame) Place {
	if f.Image == nil {
		return s.jitted(f.PC)
	}
	key := place{f.Image, f.PC, f.Lookup()}
	if p, ok := s.known[key]; ok {
		return p
	}
	p := s.find(f)
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[key] = p
	return p
}

// find looks a frame up.
func (s *Symbolizer) find(f *unwind.Frame) Place {
	file, path, err := f.Image.File()
	if err != nil { // memory with a name (memfd_create(2)) may hold a JIT's code
		if p := s.jitted(f.PC); p.Function != "" {
			return p
		}
	}
	p := Place{Module: f.Image.Name, ModuleOffset: f.Image.Link(f.PC)}
	if sym, off, ok := f.Image.Symbol(f.Lookup()); ok {
		p.Function, p.Offset = s.name(sym.Name), off+uint64(f.PC-f.Lookup())
	}
	if err == nil && !f.Signal && (s.options.Lines || s.options.Inlined) {
		s.addSource(&p, file, path, f)
	}
	return p
}

// name makes a symbol readable.
func (s *Symbolizer) name(symbol string) string { return readable(symbol, s.options.Raw) }

// addSource adds what debugging information tells of a frame.
func (s *Symbolizer) addSource(p *Place, file *elfsym.File, path string, f *unwind.Frame) {
	d := s.debugData(file, path, f.Image.Where)
	if d == nil {
		s.addGoSource(p, f)
		return
	}
	found, err := d.Places(f.Image.Link(f.Lookup()))
	if err != nil {
		s.damage = append(s.damage, err)
		s.data[file] = nil // it has cost time enough
		d.Close()
		return
	}
	for i := range found {
		at := &found[i]
		call := Call{Function: s.name(at.Function)}
		if s.options.Lines {
			call.Source = Source{File: at.File, Line: at.Line, Column: at.Column}
		}
		switch {
		case !at.Inlined:
			p.Source = call.Source
			if p.Function == "" {
				p.Function = call.Function
			}
		case s.options.Inlined:
			p.Inlined = append(p.Inlined, call)
		}
	}
}

// debugData returns the debugging information of a file; nil where there is none.
func (s *Symbolizer) debugData(file *elfsym.File, path string, where *elfsym.DebugFinder) *dwarf.Data {
	d, asked := s.data[file]
	if asked {
		return d
	}
	d, err := dwarf.Open(file, path, where)
	if err != nil {
		d = nil
		if !errors.Is(err, elfsym.ErrNoDebugInfo) {
			s.damage = append(s.damage, err)
		}
	}
	s.data[file] = d
	return d
}
