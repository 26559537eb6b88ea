package trace

import (
	"path/filepath"
	"strings"

	"sonde/proc"
	"sonde/sysdeps"
)

// replaceable are the functions that a program or library may define in libc's
// place, and that all then call (glibc's manual, "Replacing malloc").
var replaceable = map[string]bool{
	"malloc": true, "free": true, "calloc": true, "realloc": true,
	"aligned_alloc": true, "malloc_usable_size": true, "memalign": true,
	"posix_memalign": true, "pvalloc": true, "valloc": true,
}

// standsIn tells whether a module's function takes the place of another's of the same
// name, and so is one of its kind: where the module is preloaded, or where the function
// is one of those that are made to be replaced. Any other may be the module's own,
// and take something else.
func (s *Session) standsIn(space *proc.Space, sp *space, m *module, symbol string) bool {
	return replaceable[symbol] || !m.Main && s.preloaded(space, sp, m)
}

// preloaded tells whether a module stands in the dynamic linker's list before all that
// the program asks for: behind it come what LD_PRELOAD names, then what is needed.
func (s *Session) preloaded(space *proc.Space, sp *space, m *module) (found bool) {
	var needed []string
	sp.linker.each(space, func(dynamic sysdeps.Addr) bool {
		at := sp.moduleAt(dynamic)
		switch {
		case at == nil: // the vdso
		case at.Main && at.file != nil:
			needed = at.file.Needed
		case at.isOneOf(needed):
			return false
		case at == m:
			found = len(needed) > 0
		}
		return !found
	})
	return found
}

// isOneOf tells whether a module is one that DT_NEEDED asks for: by SONAME, or by the
// path of a library that has none.
func (m *module) isOneOf(needed []string) bool {
	for _, name := range needed {
		if strings.HasPrefix(m.soname(), filepath.Base(name)) {
			return true
		}
	}
	return false
}
