package sysdeps

import (
	"iter"
	"slices"
)

// SyscallTable is one machine's system calls by number, with the kernel's names
// for them (__NR_openat is "openat").
type SyscallTable struct {
	names  []string // "" where no call has the number
	wholes []whole  // those that have parts
}

// Name returns the name of a call or part, or "" if none is known by the number.
func (t *SyscallTable) Name(nr int64) string {
	if nr < 0 || nr >= int64(len(t.names)) {
		return t.partName(nr)
	}
	return t.names[nr]
}

// Entry returns by what name the arguments of a call or part are declared. It is another
// than its Name for calls that have a part of that name, and were made with arguments
// that cannot be read: what the kernel calls its function.
func (t *SyscallTable) Entry(nr int64) string {
	if w := t.whole(nr); w != nil && nr == w.nr && w.entry != "" {
		return w.entry
	}
	return t.Name(nr)
}

// Number returns the number of the call, not of a part, with a name. It searches: ask once, not
// at each call.
func (t *SyscallTable) Number(name string) (nr int64, ok bool) {
	if name == "" {
		return 0, false
	}
	i := slices.Index(t.names, name)
	return int64(i), i >= 0
}

// All yields the calls, not their parts, in the order of their numbers.
func (t *SyscallTable) All() iter.Seq2[int64, string] {
	return func(yield func(nr int64, name string) bool) {
		for nr, name := range t.names {
			if name != "" && !yield(int64(nr), name) {
				return
			}
		}
	}
}
