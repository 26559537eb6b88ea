package cxx

import "sonde/prototype"

// extracting are the functions that fill in what they are given, from an input
// stream that is their first argument.
var extracting = map[string]bool{"operator>>": true, "_M_extract": true, "getline": true, "get": true}

// extractions says which arguments of a function are filled in from a stream: they
// are worth seeing when it returns. What a string was before is shown too.
func (f *signature) extractions(p *prototype.Prototype) {
	if !extracting[f.name] || len(p.Params) < 2 || p.Params[0].Type.Lens != prototype.Symbol ||
		f.scope == nil || len(f.scope.path) == 0 || f.scope.path[0].name != "std" {
		return
	}
	own := len(p.Params) - len(f.placed) // this
	for i, t := range f.placed {
		param := &p.Params[own+i]
		elem := param.Type.Elem
		switch {
		case elem == nil || t.base == nil || t.base.isConst() || t.base.hasName():
		case t.form == reference && elem.Kind == prototype.Struct && elem.Complete:
			param.Dir = prototype.InOut
		case t.form == reference && (elem.Kind == prototype.Int || elem.Kind == prototype.Float):
			param.Type, param.Dir = &prototype.Type{Kind: prototype.Pointer, Elem: elem}, prototype.Out
		case t.form == pointer && t.base.character() != nil:
			param.Type, param.Dir = zeroTerminated(elem), prototype.Out
		}
	}
}
