package symbolize

import (
	"sonde/elfsym"
	"sonde/prototype/dwarf"
	"sonde/unwind"
)

// scopesOf is what the scopes of a place depend on.
type scopesOf struct {
	image *elfsym.Image
	addr  uint64
}

// Scopes returns the functions that a frame is in, as Place has them, with their
// parameters and variables: the innermost that was inlined first, and last the function
// itself. There are none where debugging information does not tell. They are good until
// Close.
func (s *Symbolizer) Scopes(f *unwind.Frame) []*dwarf.Scope {
	if f.Image == nil || f.Signal {
		return nil
	}
	key := scopesOf{f.Image, f.Image.Link(f.Lookup())}
	if scopes, ok := s.scopes[key]; ok {
		return scopes
	}
	file, path, err := f.Image.File()
	if err != nil {
		return nil
	}
	var scopes []*dwarf.Scope
	if d := s.debugData(file, path, f.Image.Where); d != nil && !s.scopeless[d] {
		if scopes, err = d.Scopes(key.addr); err != nil {
			s.damage = append(s.damage, err)
			if s.scopeless == nil {
				s.scopeless = make(map[*dwarf.Data]bool)
			}
			s.scopeless[d] = true // it has cost time enough
		}
	}
	if s.scopes == nil || len(s.scopes) >= maxKnown {
		s.scopes = make(map[scopesOf][]*dwarf.Scope)
	}
	s.scopes[key] = scopes
	return scopes
}
