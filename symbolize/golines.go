package symbolize

import "sonde/unwind"

// addGoSource adds what the table of Go's runtime tells of a frame: a program without
// debugging information has it.
func (s *Symbolizer) addGoSource(p *Place, f *unwind.Frame) {
	u, err := f.Image.Unwind()
	if err != nil {
		return
	}
	g, err := u.Go()
	if err != nil || g == nil {
		return
	}
	places := g.Places(f.Image.Link(f.Lookup()))
	for i, at := range places {
		call := Call{Function: s.name(at.Function)}
		if s.options.Lines {
			call.Source = Source{File: at.File, Line: at.Line}
		}
		switch {
		case i == len(places)-1:
			p.Source = call.Source
		case s.options.Inlined:
			p.Inlined = append(p.Inlined, call)
		}
	}
}
