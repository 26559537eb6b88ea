package trace

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"sonde/elfsym"
	"sonde/filter"
	"sonde/proc"
	"sonde/symname"
)

// checkProbes says why nothing will be traced of a program, if that is so, once
// all that it starts with is there.
func (s *Session) checkProbes(p *proc.Process, sp *space) {
	if p != p.Root { // a child need not be what was meant
		return
	}
	sub := subject{
		name: sp.exe, where: &elfsym.DebugFinder{Root: "/proc/" + strconv.Itoa(p.LiveTID()) + "/root"},
		calls: s.opt.Calls, entries: s.opt.Entries, libraries: s.opt.Libraries,
		untraced: "runs untraced",
	}
	if s.opt.Syscalls != nil {
		if s.opt.Entries == nil && s.opt.Libraries == nil && (s.opt.Calls == nil || sub.standard()) {
			return // no function has been asked for
		}
		sub.untraced = "has its system calls traced alone"
	}
	for _, m := range sp.modules {
		sub.modules = append(sub.modules, m)
	}
	if why := sub.unmet(sp.tally); why != nil {
		s.warn(why)
	}
}

// subject is a program as far as its files tell what can be traced of it.
type subject struct {
	name                      string    // its file
	modules                   []*module // those that have been read have a file
	where                     *elfsym.DebugFinder
	calls, entries, libraries *filter.Filter
	untraced                  string // what is to be said where no function of it is traced
}

// standard tells that calls are traced that are without any -e.
func (sub *subject) standard() bool { return sub.calls.MainOnly() && len(sub.calls.Names()) == 0 }

// tally counts the places that filters have chosen.
type tally struct {
	calls   int // -e
	reached int // -l, and not -e
	entries int // -x
}

// count adds a place. Pointers that are data alone are not traced.
func (c *tally) count(p *Planned) {
	switch {
	case p.Kind == ViaData:
	case p.Kind == AtEntry || p.Kind == AtSpot:
		c.entries++
	case p.reaches:
		c.reached++
	default:
		c.calls++
	}
}

// unmet says which of a program's filters have chosen nothing, why that is, and
// what would help. nil says that all have, or that the program's file could not be
// read, which has been told.
func (sub *subject) unmet(c tally) error {
	main := sub.main()
	if main == nil || main.file == nil {
		return nil
	}
	nothing := c == tally{}
	standard := sub.standard()
	switch {
	case nothing && selfContained(main.file) && sub.entries == nil:
		return fmt.Errorf("%s %s: %s", sub.name, sub.untraced, sub.whyStatic(main))
	case standard && selfContained(main.file) && sub.entries == nil:
		return fmt.Errorf("%s is statically linked: of its calls only those through pointers are traced%s", sub.name, sub.ownFunctions(main))
	case nothing && standard && sub.entries == nil && sub.libraries == nil:
		return fmt.Errorf("%s %s: it calls no library in a way that can be seen (what it uses is inlined, or linked into it)%s; -e '@*' traces calls between its libraries", sub.name, sub.untraced, sub.ownFunctions(main))
	}
	var why []string
	if sub.calls != nil && !standard && c.calls == 0 {
		why = append(why, "-e matches no call that can be seen in "+extent(sub.calls)+sub.nearest(sub.calls.Names(), sub.callNames()))
	}
	if sub.libraries != nil && c.calls+c.reached == 0 {
		why = append(why, sub.whyLibraries())
	}
	if sub.entries != nil && c.entries == 0 && !sub.unreadable(main) {
		why = append(why, sub.whyEntries(main))
	}
	switch {
	case len(why) == 0:
		return nil
	case nothing:
		return fmt.Errorf("%s %s: %s%s", sub.name, sub.untraced, strings.Join(why, "; "), sub.laterLibraries())
	}
	return fmt.Errorf("%s: %s%s", sub.name, strings.Join(why, "; "), sub.laterLibraries())
}

// laterLibraries says that the filters may yet choose something, if they are about
// libraries and the program can load more of them.
func (sub *subject) laterLibraries() string {
	if MainOnly(sub.calls, sub.entries, sub.libraries) {
		return ""
	}
	loads := func(p elfsym.Pointer) bool { return p.Symbol == "dlopen" || p.Symbol == "dlmopen" }
	for _, m := range sub.modules {
		if m.file != nil && slices.ContainsFunc(m.file.Pointers(), loads) {
			return "; what it loads later is traced"
		}
	}
	return ""
}

// selfContained tells of a program that loads no library.
func selfContained(f *elfsym.File) bool {
	return f.Interp == "" && len(f.Needed) == 0
}

// whyStatic tells of a program that calls no library.
func (sub *subject) whyStatic(main *module) string {
	if sub.functions(main) == 0 {
		return "it is statically linked, so that it calls no library, and stripped of the names of its own functions; -x 0xADDRESS traces a place in it"
	}
	return "it is statically linked, so that it calls no library" + sub.ownFunctions(main)
}

// ownFunctions names the way to trace a program's own functions.
func (sub *subject) ownFunctions(main *module) string {
	if n := sub.functions(main); n > 0 {
		return fmt.Sprintf("; -x '@MAIN' traces its own functions (%d)", n)
	}
	return ""
}

func (sub *subject) functions(m *module) int {
	fs, _ := m.file.Functions(m.source, sub.where)
	if fs == nil {
		return 0
	}
	return fs.Len()
}

// extent is how much has been looked at.
func extent(f *filter.Filter) string {
	if f.MainOnly() {
		return "the program itself"
	}
	return "the program or its libraries"
}

// whyLibraries tells which libraries there are, as -l matches none, or none that
// is called.
func (sub *subject) whyLibraries() string {
	for _, m := range sub.modules {
		if sub.libraries.Match(&m.Module, "", "") {
			return fmt.Sprintf("nothing calls %s in a way that can be seen", m.Name)
		}
	}
	var names []string
	for _, m := range sub.modules {
		if !m.Main {
			names = append(names, m.Name)
		}
	}
	if len(names) == 0 {
		return "-l matches no library: it has loaded none"
	}
	slices.Sort(names)
	return "-l matches none of its libraries: " + symname.Abridge(names, 8)
}

// whyEntries tells of -x.
func (sub *subject) whyEntries(main *module) string {
	where := extent(sub.entries)
	if (sub.entries.MainOnly() || selfContained(main.file)) && sub.functions(main) == 0 {
		return "-x needs the names of functions, of which the program is stripped (-x 0xADDRESS traces a place in it)"
	}
	return "-x matches no function of " + where + sub.nearest(sub.entries.Names(), sub.functionNames())
}

// unreadable tells of -x that the symbols which it needs cannot be read; that has
// been told.
func (sub *subject) unreadable(main *module) bool {
	fs, err := main.file.Functions(main.source, sub.where)
	return err != nil && (fs == nil || fs.Len() == 0) && sub.entries.MainOnly()
}

func (sub *subject) main() *module {
	i := slices.IndexFunc(sub.modules, func(m *module) bool { return m.Main })
	if i < 0 {
		return nil
	}
	return sub.modules[i]
}

// nearest names what may have been meant by names that nothing bears.
func (sub *subject) nearest(names []string, candidates iter.Seq[string]) string {
	var near []string
	for _, name := range names {
		for _, n := range symname.Nearest(name, candidates, 3) {
			if !slices.Contains(near, n) {
				near = append(near, n)
			}
		}
	}
	if len(near) == 0 {
		return ""
	}
	return "; the nearest names are " + symname.Abridge(near, 8)
}

// callNames yields the functions that any module has pointers at, mangled ones
// as people write them.
func (sub *subject) callNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, m := range sub.modules {
			if m.file == nil {
				continue
			}
			for _, p := range m.file.Pointers() {
				if p.Symbol != "" && !yield(symname.Short(p.Symbol)) {
					return
				}
			}
		}
	}
}

// functionNames yields the functions of all modules, likewise.
func (sub *subject) functionNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, m := range sub.modules {
			if m.file == nil {
				continue
			}
			fs, _ := m.file.Functions(m.source, sub.where)
			if fs == nil {
				continue
			}
			for sym := range fs.All() {
				if !yield(symname.Short(sym.Name)) {
					return
				}
			}
		}
	}
}
