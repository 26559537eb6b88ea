package trace

import (
	"errors"
	"fmt"
	"strings"

	"sonde/elfsym"
	"sonde/filter"
)

// Kind tells what stands at a place where a call can be seen.
type Kind uint8

// The kinds of places.
const (
	ViaPLT     Kind = iota // a slot of the procedure linkage table
	ViaCall                // call *pointer: a call without a linkage table
	ViaJump                // jmp *pointer: the same at a function's end
	ViaLoad                // code loads the pointer: calls are seen at the function that it leads to
	ViaData                // the pointer is data only: calls through it are not seen
	AtEntry                // a function's first instruction
	AtSpot                 // any other instruction
	AtResolver             // what chooses the code of an IFUNC; never planned by itself
)

var kindNames = [...]string{"plt", "call", "jump", "loaded", "data", "entry", "spot", "resolver"}

// String returns the word that --list prints.
func (k Kind) String() string { return kindNames[k] }

// linked tells of the places that lie between a caller and a function: what calls
// there does it by the calling convention. A function's own code may be reached
// by a jump with anything on the stack.
func (k Kind) linked() bool { return k == ViaPLT || k == ViaCall || k == ViaJump }

// Planned is a place that a filter chooses in a file, before anything runs.
type Planned struct {
	Kind    Kind
	Symbol  string
	Version string
	// Addr is the link-time address of the place: of the slot or the
	// instruction, or where the function begins. 0 for ViaLoad and ViaData.
	Addr uint64
	// Pointer is the link-time address of the word that the call goes
	// through; 0 for entries and spots.
	Pointer uint64
	// Func is the symbol of an entry; of an IFUNC Addr is the resolver's.
	Func elfsym.Symbol

	reaches bool     // wanted only where it reaches a library of -l
	loads   []uint64 // of ViaLoad: link-time addresses of all instructions that load the pointer
}

// Wanted is what is to be probed.
type Wanted struct {
	Calls   *filter.Filter // calls, by the module that makes them; nil for none
	Entries *filter.Filter // functions, by the module that they are in; nil for none
	// Reached tells of a function whether calls to it are wanted whoever
	// makes them, as far as its name tells. nil for none.
	Reached func(symbol string) bool
}

// Plan chooses the places in a file. path is where the file can be read now. The
// error joins what could not be read; the places that were found are returned
// with it.
func (w *Wanted) Plan(m *filter.Module, f *elfsym.File, path string, where *elfsym.DebugFinder) ([]Planned, error) {
	var plan []Planned
	var errs []error
	if w.Reached != nil || w.Calls != nil && w.Calls.Wants(m) {
		c := callPlan{wanted: w, module: m, file: f, path: path, where: where}
		errs = append(errs, c.make())
		plan = append(plan, c.plan...)
	}
	if w.Entries != nil && w.Entries.Wants(m) {
		entries, err := w.planEntries(m, f, path, where)
		plan, errs = append(plan, entries...), append(errs, err)
	}
	return plan, errors.Join(errs...)
}

// planEntries chooses among the functions of a file. Of several names of one
// address the best of those that the filter asks for is taken.
func (w *Wanted) planEntries(m *filter.Module, f *elfsym.File, path string, where *elfsym.DebugFinder) ([]Planned, error) {
	functions, err := f.Functions(path, where)
	errs := []error{err}
	var plan []Planned
	if functions != nil {
		for sym := range functions.All() {
			if isColdPart(sym.Name) || !w.Entries.Match(m, sym.Name, sym.Version) {
				continue
			}
			if n := len(plan); n > 0 && plan[n-1].Addr == sym.Value && plan[n-1].Func.IFUNC == sym.IFUNC {
				continue // the best name comes first
			}
			plan = append(plan, Planned{Kind: AtEntry, Symbol: sym.Name, Version: sym.Version, Addr: sym.Value, Func: sym})
		}
	}
	for _, spot := range w.Entries.Spots(m) {
		places, err := planSpot(f, functions, &spot, path, where)
		plan, errs = append(plan, places...), append(errs, err)
	}
	return plan, errors.Join(errs...)
}

// isColdPart tells of the part of a function that the compiler has moved out of
// the way: it is jumped to, never called.
func isColdPart(name string) bool {
	return strings.HasSuffix(name, ".cold") || strings.Contains(name, ".cold.")
}

// planSpot finds the instructions that an OFFSET or FILE:LINE names. Where a
// function begins there it is an entry like others.
func planSpot(f *elfsym.File, functions *elfsym.Functions, spot *filter.Spot, path string, where *elfsym.DebugFinder) ([]Planned, error) {
	addrs := []uint64{spot.Offset}
	if spot.File != "" {
		var err error
		if addrs, err = f.Line(path, where, spot.File, spot.Line); err != nil {
			return nil, err
		}
	}
	var plan []Planned
	for _, addr := range addrs {
		p, err := planAddress(f, functions, addr, spot.Text)
		if err != nil {
			return plan, err
		}
		plan = append(plan, p)
	}
	return plan, nil
}

func planAddress(f *elfsym.File, functions *elfsym.Functions, addr uint64, text string) (Planned, error) {
	at := Planned{Kind: AtSpot, Symbol: text, Addr: addr}
	if !f.Executable(addr) {
		return at, fmt.Errorf("%s: there is no code at %#x in %s", text, addr, f.Name())
	}
	if functions == nil {
		return at, nil
	}
	sym, ok := functions.At(addr)
	if ok && sym.Value == addr && !sym.IFUNC {
		return Planned{Kind: AtEntry, Symbol: sym.Name, Version: sym.Version, Addr: addr, Func: sym}, nil
	}
	return at, nil
}
