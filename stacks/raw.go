package stacks

import (
	"cmp"
	"encoding/hex"
	"slices"

	"sonde/elfsym"
	"sonde/symbolize"
	"sonde/sysdeps"
	"sonde/unwind"
)

// rawVersion is the version of the form in which stacks without names are written.
const rawVersion = 1

// Module is a file that frames without names are in: what Symbolize finds it by.
type Module struct {
	Path    string `json:"path"`               // as the process had it
	BuildID string `json:"build_id,omitempty"` // in hexadecimal; "" where it has none
	Parts   []Part `json:"mappings"`           // by address
}

// Part is a part of a file that is mapped.
type Part struct {
	Lo     sysdeps.Addr `json:"lo"`
	Hi     sysdeps.Addr `json:"hi"`
	Offset uint64       `json:"offset"` // in the file, in bytes
	Exec   bool         `json:"exec,omitempty"`
}

// place tells what a frame is in. Without names it is the address in the file, but where
// no file is: what tells of that code is nowhere else.
func (w *walker) place(f *unwind.Frame) symbolize.Place {
	if !w.o.Addresses || f.Image == nil {
		return w.names.Place(f)
	}
	if _, path, err := f.Image.File(); err == nil && path == "" { // it is in memory alone
		return w.names.Place(f)
	}
	if w.used == nil {
		w.used = make(map[*elfsym.Image]bool)
	}
	w.used[f.Image] = true
	return symbolize.Place{Module: f.Image.Name, ModuleOffset: f.Image.Link(f.PC)}
}

// addModules adds what is to be known of the files that frames without names are in.
func (w *walker) addModules(p *Process) {
	if !w.o.Addresses {
		return
	}
	p.Raw = rawVersion
	for i := range p.Threads {
		p.PtrSize = max(p.PtrSize, p.Threads[i].PtrSize)
	}
	for img := range w.used {
		m := Module{Path: img.Name}
		if f, _, err := img.File(); err == nil {
			m.BuildID = hex.EncodeToString(f.BuildID())
		}
		for _, part := range img.Parts {
			m.Parts = append(m.Parts, Part{Lo: part.Lo, Hi: part.Hi, Offset: part.Offset, Exec: part.Exec})
		}
		p.Modules = append(p.Modules, m)
	}
	clear(w.used)
	slices.SortFunc(p.Modules, func(a, b Module) int { return cmp.Compare(a.Parts[0].Lo, b.Parts[0].Lo) })
}
