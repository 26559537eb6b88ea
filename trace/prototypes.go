package trace

import (
	"errors"
	"strconv"

	"sonde/elfsym"
	"sonde/proc"
	"sonde/prototype"
	"sonde/prototype/cxx"
	"sonde/prototype/dwarf"
	"sonde/sysdeps"
)

// prototypeOf finds out what is known of the function that a call goes to; nil is
// nothing. It is asked when the first call is made: then the dynamic linker has bound
// it, or it is clear how it will.
func (s *Session) prototypeOf(th *proc.Thread, ep *entryPlace) *prototype.Prototype {
	space, sp, shelf := th.Process.Space, spaceOf(th), s.opt.Prototypes
	dir := "/proc/" + strconv.Itoa(th.TID)
	m, target := s.callee(space, sp, ep, dir)
	if m == nil {
		return nil
	}
	if proto := shelf.Lookup(m.soname(), ep.name, ""); proto != nil {
		return proto
	}
	if s.opened(m, space, dir) {
		if proto := s.written(m, ep.name, target, &elfsym.DebugFinder{Root: dir + "/root"}); proto != nil {
			return proto
		}
	}
	if proto, ok := cxx.Prototype(ep.name); ok {
		return proto
	}
	if m.isStatic() {
		if proto := shelf.OfC(ep.name); proto != nil {
			return proto
		}
	}
	if proto := shelf.Fallback(m.soname(), ep.name, ""); proto != nil {
		return proto
	}
	if s.standsIn(space, sp, m, ep.name) {
		if other := s.known(space, sp, ep.name); other != nil {
			return shelf.Lookup(other.soname(), ep.name, "")
		}
	}
	return nil
}

// isStatic tells of programs that contain the libraries that they are made with.
func (m *module) isStatic() bool {
	return m.Main && m.file != nil && m.file.Interp == "" && len(m.file.Needed) == 0
}

// written returns what a module's own file and its debugging information say of a
// function, at an address, or 0 if that is not known.
func (s *Session) written(m *module, symbol string, target sysdeps.Addr, where *elfsym.DebugFinder) *prototype.Prototype {
	at := uint64(target - m.bias)
	if target == 0 {
		sym, ok := m.file.Lookup(symbol)
		if !ok || sym.IFUNC {
			return nil
		}
		at = sym.Value
	}
	// One function may have several names, of which files know one.
	for sym := range m.file.Symbols() {
		if sym.Value == at && sym.Name != symbol {
			if proto := s.opt.Prototypes.Lookup(m.soname(), sym.Name, sym.Version); proto != nil {
				return proto
			}
		}
	}
	debug, err := s.debug.of(m, where)
	if err != nil {
		s.warn(err)
	}
	if debug == nil {
		return nil
	}
	proto, err := debug.Function(at, symbol)
	if err != nil && !errors.Is(err, dwarf.ErrNoFunction) && !errors.Is(err, dwarf.ErrUnplaceable) {
		s.warn(err)
	}
	return proto
}

// debugData is the debugging information of files, nil where there is none.
type debugData map[*elfsym.File]*dwarf.Data

// of returns a module's, opened when it is first asked for.
func (d debugData) of(m *module, where *elfsym.DebugFinder) (*dwarf.Data, error) {
	data, known := d[m.file]
	if known {
		return data, nil
	}
	data, err := dwarf.Open(m.file, m.source, where)
	if errors.Is(err, elfsym.ErrNoDebugInfo) {
		data, err = nil, nil
	}
	d[m.file] = data
	return data, err
}

// soname is what the files of prototypes know a module by. While its file has not been
// read its name in the file system is as good: it begins with the SONAME.
func (m *module) soname() string {
	if m.Name == "" {
		return m.Base
	}
	return m.Name
}

// callee returns the module that a call goes to, and the address of the function, 0
// if that is not known yet; nil if nothing is.
func (s *Session) callee(space *proc.Space, sp *space, ep *entryPlace, dir string) (m *module, target sysdeps.Addr) {
	if !ep.kind.linked() {
		return sp.moduleAt(ep.at), ep.at
	}
	m, target = sp.bound(space, ep)
	switch {
	case m != nil && target == 0:
		m = s.willDefine(space, sp, ep.name, dir)
	case m == nil && target != 0:
		// In no file: in the vdso, which libc's own time and gettimeofday
		// resolve to (vdso(7)).
		m, target = s.known(space, sp, ep.name), 0
	}
	return m, target
}

// willDefine returns the module that the dynamic linker will find a function in: the
// first in its list that has it. Files that nothing is traced in are read for that,
// once, unless the prototypes that there are of them say that they have it: a library of
// the program's own may define what another one has a prototype for.
func (s *Session) willDefine(space *proc.Space, sp *space, symbol, dir string) (found *module) {
	sp.linker.each(space, func(dynamic sysdeps.Addr) bool {
		m := sp.moduleAt(dynamic)
		switch {
		case m == nil:
		case m.file == nil && s.opt.Prototypes.Lookup(m.soname(), symbol, "") != nil:
			found = m
		case s.opened(m, space, dir):
			if _, ok := m.file.Lookup(symbol); ok {
				found = m
			}
		}
		return found == nil
	})
	return found
}

// known returns the first module that there is a prototype of a function for.
func (s *Session) known(space *proc.Space, sp *space, symbol string) (found *module) {
	sp.linker.each(space, func(dynamic sysdeps.Addr) bool {
		if m := sp.moduleAt(dynamic); m != nil && s.opt.Prototypes.Lookup(m.soname(), symbol, "") != nil {
			found = m
		}
		return found == nil
	})
	return found
}

// opened reads a module's file unless that has been done: that of one which nothing is
// traced in has not. It returns false for what is of another machine or cannot be read.
func (s *Session) opened(m *module, space *proc.Space, dir string) bool {
	if m.file != nil || m.foreign {
		return m.file != nil
	}
	if m.readFile(&s.files, ownMemory{space}, dir) != nil || m.file.Arch != space.Arch {
		m.file, m.foreign = nil, true
	}
	return m.file != nil
}
