package variables

import (
	"sonde/prototype/dwarf"
	"sonde/sysdeps"
	"sonde/unwind"
)

// terms are what the expressions of a scope's variables refer to: unwind.Terms.
type terms struct {
	*dwarf.Scope
	r     *Reader
	frame int // its number
	depth int // of callers that are asked for values at entry
}

// maxEntries caps how many calls one value at entry is followed through.
const maxEntries = 16

// EntryValue returns what a register held when the function was entered, if the call tells
// that (DWARF 5, 3.4.2). The caller has to have called this very function: not one that has
// gone over to it by a tail call, which may have changed the register.
func (t *terms) EntryValue(reg int) (v uint64, ok bool) {
	r, caller := t.r, t.frame+1
	if t.depth == maxEntries || caller >= r.sure || !r.frames[caller].Return {
		return 0, false
	}
	f := &r.frames[caller]
	scopes := r.names.Scopes(f)
	if len(scopes) == 0 {
		return 0, false
	}
	outer := scopes[len(scopes)-1]
	site, err := outer.CallSite(f.Image.Link(f.PC))
	if err != nil || site == nil {
		return 0, false
	}
	of := &terms{Scope: outer, r: r, frame: caller, depth: t.depth + 1}
	if !t.isTarget(site, of) || t.CallsItself() {
		return 0, false
	}
	for i := range site.Params {
		if p := &site.Params[i]; p.Reg == reg {
			v, err := of.compute(p.Value)
			return v, err == nil
		}
	}
	return 0, false
}

// isTarget tells whether a call is one of the function, by its name or the address that it
// goes to.
func (t *terms) isTarget(site *dwarf.CallSite, of *terms) bool {
	if site.Calls(t.Scope) {
		return true
	}
	if site.Target == nil {
		return false
	}
	entry, known := t.Entry()
	to, err := of.compute(site.Target)
	image := t.r.frames[t.frame].Image
	return err == nil && known && image != nil && sysdeps.Addr(to) == image.Bias()+sysdeps.Addr(entry)
}

// compute returns what an expression comes to in the frame.
func (t *terms) compute(p []byte) (uint64, error) { return t.r.walker.Compute(t.variable(p)) }

// variable returns what an expression tells of, in the frame.
func (t *terms) variable(location []byte) *unwind.Variable {
	v := &unwind.Variable{Frame: &t.r.frames[t.frame], Terms: t, Location: location}
	if t.frame == 0 {
		v.Vectors = t.r.vectors
	}
	return v
}
