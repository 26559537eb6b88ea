package trace

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sonde/elfsym"
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

	reaches bool // wanted only where it reaches a library of -l
}

// Wanted is what is to be probed.
type Wanted struct {
	Calls   *Filter // calls, by the module that makes them; nil for none
	Entries *Filter // functions, by the module that they are in; nil for none
	// Reached tells of a function whether calls to it are wanted whoever
	// makes them, as far as its name tells. nil for none.
	Reached func(symbol string) bool
}

// Plan chooses the places in a file. path is where the file can be read now. The
// error joins what could not be read; the places that were found are returned
// with it.
func (w *Wanted) Plan(m *ModuleName, f *elfsym.File, path string, where *elfsym.DebugFinder) ([]Planned, error) {
	var plan []Planned
	var errs []error
	if w.Reached != nil || w.Calls != nil && w.Calls.Wants(m) {
		calls, err := w.planCalls(m, f, path, where)
		plan, errs = append(plan, calls...), append(errs, err)
	}
	if w.Entries != nil && w.Entries.Wants(m) {
		entries, err := w.planEntries(m, f, path, where)
		plan, errs = append(plan, entries...), append(errs, err)
	}
	return plan, errors.Join(errs...)
}

// wantsCall tells whether calls from m to a function are wanted, and whether
// only those that reach a library of -l.
func (w *Wanted) wantsCall(m *ModuleName, symbol, version string) (reaches, ok bool) {
	if w.Calls != nil && w.Calls.Match(m, symbol, version) {
		return false, true
	}
	return true, w.Reached != nil && w.Reached(symbol)
}

// planCalls chooses among the calls that go through a pointer of the dynamic
// linker's. What no code is seen to use comes as ViaData, once for each pointer.
func (w *Wanted) planCalls(m *ModuleName, f *elfsym.File, path string, where *elfsym.DebugFinder) ([]Planned, error) {
	var plan []Planned
	add := func(kind Kind, symbol, version string, addr, pointer uint64) {
		if symbol == "" {
			return
		}
		if reaches, ok := w.wantsCall(m, symbol, version); ok {
			plan = append(plan, Planned{
				Kind: kind, Symbol: symbol, Version: version,
				Addr: addr, Pointer: pointer, reaches: reaches,
			})
		}
	}
	uses, err := f.Uses(path)
	if uses == nil {
		uses = &elfsym.Uses{}
	}
	called, loaded := make(map[uint64]bool), make(map[uint64]bool)
	for _, slot := range f.PLT() {
		called[slot.GOT] = true
		add(ViaPLT, slot.Symbol, slot.Version, slot.Addr, slot.GOT)
	}
	pointers := slices.Clone(f.Pointers())
	if len(f.Needed) == 0 {
		pointers = append(pointers, uses.Relative...)
	}
	nameOwn(pointers, f, path, where)
	slices.SortFunc(pointers, func(a, b elfsym.Pointer) int { return cmp.Compare(a.Addr, b.Addr) })
	for _, site := range uses.Sites {
		i, ok := slices.BinarySearchFunc(pointers, site.Pointer, func(p elfsym.Pointer, a uint64) int { return cmp.Compare(p.Addr, a) })
		if !ok {
			continue
		}
		p := &pointers[i]
		switch site.Kind {
		case elfsym.SiteCall:
			called[p.Addr] = true
			add(ViaCall, p.Symbol, p.Version, site.Addr, p.Addr)
		case elfsym.SiteJump:
			called[p.Addr] = true
			add(ViaJump, p.Symbol, p.Version, site.Addr, p.Addr)
		case elfsym.SiteLoad, elfsym.SiteDoubtful: // seen where the function is
			loaded[p.Addr] = true
		}
	}
	for i := range pointers {
		switch p := &pointers[i]; {
		case loaded[p.Addr]:
			add(ViaLoad, p.Symbol, p.Version, 0, p.Addr)
		case !called[p.Addr]:
			add(ViaData, p.Symbol, p.Version, 0, p.Addr)
		}
	}
	return plan, err
}

// nameOwn names the pointers that lead to functions of the file itself, whose
// relocations have no symbol: a static program calls through them what a dynamic
// one would call elsewhere, and every program its own IFUNCs.
func nameOwn(pointers []elfsym.Pointer, f *elfsym.File, path string, where *elfsym.DebugFinder) {
	if !slices.ContainsFunc(pointers, func(p elfsym.Pointer) bool { return p.Symbol == "" }) {
		return
	}
	functions, _ := f.Functions(path, where) // what cannot be read of it is told with the entries
	if functions == nil {
		return
	}
	for i := range pointers {
		p := &pointers[i]
		if p.Symbol != "" {
			continue
		}
		for sym := range functions.Starting(p.Local) {
			if sym.IFUNC == p.IFUNC {
				p.Symbol, p.Version = sym.Name, sym.Version
				break
			}
		}
	}
}

// planEntries chooses among the functions of a file. Of several names of one
// address the best of those that the filter asks for is taken.
func (w *Wanted) planEntries(m *ModuleName, f *elfsym.File, path string, where *elfsym.DebugFinder) ([]Planned, error) {
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
func planSpot(f *elfsym.File, functions *elfsym.Functions, spot *Spot, path string, where *elfsym.DebugFinder) ([]Planned, error) {
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
