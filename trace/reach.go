package trace

import (
	"strconv"

	"sonde/event"
	"sonde/proc"
	"sonde/sysdeps"
)

// reached tells whether a call goes to one of the libraries of -l, as it is bound
// now: another library may come before the one that exports the name, and the
// filter is about where calls really go.
func (s *Session) reached(th *proc.Thread, ep *entryPlace) bool {
	m := spaceOf(th).goal(th.Process.Space, ep)
	return m != nil && s.isGoal(m)
}

// isGoal tells of the libraries of -l.
func (s *Session) isGoal(m *module) bool { return s.opt.Libraries.Match(&m.Module, "", "") }

// moduleOf returns what events have for the module of the function that is called at a
// place. Where a call leads is looked at once, until modules come or go.
func (s *Session) moduleOf(th *proc.Thread, ep *entryPlace) string {
	if s.wants&event.Modules == 0 || ep.pointer == 0 {
		return ep.module
	}
	sp := spaceOf(th)
	if sp == nil {
		return ""
	}
	name, ok := sp.goals[ep]
	if !ok {
		dir := "/proc/" + strconv.Itoa(th.TID)
		if m, _ := s.callee(th.Process.Space, sp, ep, dir); m != nil {
			s.opened(m, th.Process.Space, dir) // for its SONAME
			name = m.soname()
		}
		if sp.goals == nil {
			sp.goals = make(map[*entryPlace]string)
		}
		sp.goals[ep] = name
	}
	return name
}

// goal returns the module that a call through ep's pointer goes to, or nil.
func (sp *space) goal(space *proc.Space, ep *entryPlace) *module {
	m, target := sp.bound(space, ep)
	if m != nil && target == 0 {
		return sp.definer(space, ep.name)
	}
	return m
}

// bound returns where a call through ep's pointer goes to, and the module there, or
// nil. The target is 0 where the pointer leads to code of the linkage table: it is not
// bound yet. That is also what an IFUNC of the module's own looks like, but in a static
// program, where nothing is bound later.
func (sp *space) bound(space *proc.Space, ep *entryPlace) (m *module, target sysdeps.Addr) {
	target, err := readWord(space, ep.pointer)
	if err != nil {
		return nil, 0
	}
	m = sp.moduleAt(target)
	if m != nil && m.contains(ep.at) && ep.kind == ViaPLT && !m.isStatic() && !m.begins(ep.name, target) {
		return m, 0
	}
	return m, target
}

// begins tells whether a function that the module exports by that name is at an address.
func (m *module) begins(symbol string, a sysdeps.Addr) bool {
	if m.file == nil {
		return false
	}
	sym, ok := m.file.Lookup(symbol)
	return ok && m.bias+sysdeps.Addr(sym.Value) == a
}

// exported tells whether any library of -l that is mapped exports a function, so
// that calls by that name may reach it.
func (s *Session) exported(sp *space) func(symbol string) bool {
	return func(symbol string) bool {
		for _, m := range sp.modules {
			if m.file == nil || !s.isGoal(m) {
				continue
			}
			if _, ok := m.file.Lookup(symbol); ok {
				return true
			}
		}
		return false
	}
}

// holder returns the module that a function or variable belongs to, or nil.
func (sp *space) holder(a sysdeps.Addr) *module {
	for _, m := range sp.modules {
		if m.holds(a) {
			return m
		}
	}
	return nil
}

// moduleAt returns the module that an address lies in, or nil.
func (sp *space) moduleAt(a sysdeps.Addr) *module {
	for _, m := range sp.modules {
		if m.contains(a) {
			return m
		}
	}
	return nil
}
