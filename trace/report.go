package trace

import (
	"fmt"
	"iter"
	"strings"

	"sonde/proc"
	"sonde/symname"
)

// checkProbes says why nothing will be traced of a program, if that is so, once
// all that it starts with is there.
func (s *Session) checkProbes(p *proc.Process, sp *space) {
	if sp.probes > 0 || s.opt.Calls == nil || p != p.Root { // a child need not be what was meant
		return
	}
	main := sp.main()
	switch {
	case main == nil || main.file == nil:
		return // its file could not be read; that has been said
	case !main.file.Dynamic || main.file.Interp == "" && len(sp.modules) == 1:
		s.warn(fmt.Errorf("%s runs untraced: it is statically linked and calls no library through a PLT", sp.exe))
	case s.opt.Calls.mainOnly() && len(s.opt.Calls.Names()) == 0:
		s.warn(fmt.Errorf("%s runs untraced: it calls no library through a PLT (it may be built with -fno-plt, or be a script's interpreter linked into itself); -e '@*' traces its libraries' calls", sp.exe))
	default:
		s.warn(fmt.Errorf("the filter matches no call that %s or its libraries can make%s", sp.exe, s.nearest(sp)))
	}
}

func (sp *space) main() *module {
	for _, m := range sp.modules {
		if m.Main {
			return m
		}
	}
	return nil
}

// nearest names functions that the filter may have meant.
func (s *Session) nearest(sp *space) string {
	var near []string
	for _, name := range s.opt.Calls.Names() {
		near = append(near, Nearest(name, sp.callNames(), 3)...)
	}
	if len(near) == 0 {
		return ""
	}
	return "; the nearest names are " + strings.Join(near, ", ")
}

// callNames yields the functions that any module calls through its PLT, mangled
// ones also as people know them.
func (sp *space) callNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, m := range sp.modules {
			if m.file == nil {
				continue
			}
			for _, slot := range m.file.PLT() {
				if !yield(slot.Symbol) {
					return
				}
				if name := symname.Short(slot.Symbol); name != slot.Symbol && !yield(name) {
					return
				}
			}
		}
	}
}
