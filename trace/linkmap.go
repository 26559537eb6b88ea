package trace

import (
	"sonde/elfsym"
	"sonde/proc"
	"sonde/sysdeps"
)

// linker is a process's view of its dynamic linker: struct r_debug and the list of
// struct link_map of <link.h>, which glibc and musl keep for debuggers.
type linker struct {
	module *module
	rdebug sysdeps.Addr // 0 where it is not known
	// executed says that it was started as a program of its own, and has not
	// said yet which program it is to run.
	executed bool
}

// States of r_debug: whether the list is complete.
const rtConsistent = 0

// find looks where the dynamic linker keeps its r_debug: glibc exports it, musl a
// pointer to it.
func (l *linker) find(space *proc.Space) {
	if addr, _, ok := l.module.file.Variable("_r_debug"); ok {
		l.rdebug = l.module.bias + sysdeps.Addr(addr)
		return
	}
	if addr, _, ok := l.module.file.Variable("_dl_debug_addr"); ok {
		// Before musl has relocated itself it is a link-time address.
		if a, err := readWord(space, l.module.bias+sysdeps.Addr(addr)); err == nil && a >= l.module.bias {
			l.rdebug = a
		}
	}
}

// consistent tells whether the list of libraries is complete; where that is not
// known, it is taken to be.
func (l *linker) consistent(space *proc.Space) bool {
	if l.rdebug == 0 {
		l.find(space)
	}
	if l.rdebug == 0 {
		return true
	}
	// r_version and r_state are ints that padding makes as long as a pointer.
	state, err := readWord(space, l.rdebug+3*sysdeps.Addr(space.Arch.PtrSize))
	return err != nil || uint32(state) == rtConsistent
}

// maxLinkMaps bounds the walk of a list that the program may have damaged.
const maxLinkMaps = 1 << 16

// each gives the addresses of the dynamic segments of what is linked into the main
// namespace, in the order in which symbols are looked for, until yield says false.
// None where there is no dynamic linker.
func (l *linker) each(space *proc.Space, yield func(dynamic sysdeps.Addr) bool) {
	if l.module == nil {
		return
	}
	if l.rdebug == 0 {
		l.find(space)
	}
	if l.rdebug == 0 {
		return
	}
	word := sysdeps.Addr(space.Arch.PtrSize)
	at, err := readWord(space, l.rdebug+word)
	for n := 0; err == nil && at != 0 && n < maxLinkMaps; n++ {
		dynamic, bad := readWord(space, at+2*word) // l_ld, behind l_addr and l_name
		if bad != nil || !yield(dynamic) {
			return
		}
		at, err = readWord(space, at+3*word)
	}
}

// program returns the dynamic segment of the main program, or 0.
func (l *linker) program(space *proc.Space) (found sysdeps.Addr) {
	l.each(space, func(dynamic sysdeps.Addr) bool {
		found = dynamic
		return false
	})
	return found
}

// definer returns the module in which the dynamic linker would find a function
// that is not bound yet.
func (sp *space) definer(space *proc.Space, symbol string) *module {
	var found *module
	sp.linker.each(space, func(dynamic sysdeps.Addr) bool {
		if m := sp.moduleAt(dynamic); m != nil && m.file != nil {
			if _, ok := m.file.Lookup(symbol); ok {
				found = m
			}
		}
		return found == nil
	})
	return found
}

// isLoader tells of a dynamic linker: it is what debuggers are told by.
func isLoader(f *elfsym.File) bool {
	_, ok := f.Lookup(loaderSymbol)
	return ok
}
