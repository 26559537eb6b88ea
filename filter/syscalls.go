package filter

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"sonde/sysdeps"
)

// Syscalls is a set of system calls: the argument of --syscalls, in the grammar
// of strace's -e trace.
//
//	set   := {'!'} item {',' item}          '!' turns the whole set round
//	item  := ['?'] calls ['@' ('64' | '32' | 'x32')]
//	calls := name | number | '%' class | '/' RE2 | 'all' | 'none'
//
// A call that is not known is an error unless a '?' stands before it. What
// follows '@' limits an item to the calls of 64-bit or of 32-bit programs.
// Those of x32 have no table: an item of theirs is checked against the calls of
// 64-bit programs and chooses nothing. The classes are those of
// sysdeps.SyscallClass; file, desc, network, process, signal, ipc and memory
// are classes without '%' as well, as strace has it. A regular expression
// matches anywhere in a name and has no comma.
//
// A number chooses whatever call has it on each machine. Calls without a name
// belong to all and to what is turned round, and may be chosen by their number
// or as they are shown, syscall_0x1ff. (strace shows them whatever the set.)
//
// Parts of calls (sysdeps.Part) are chosen by their own names and classes, and all those
// of a call by its name or number.
//
// A nil *Syscalls is the empty set.
type Syscalls struct {
	not      bool
	machines []*machineCalls
}

// machineCalls is what a set has, before it is turned round, of one machine's
// calls.
type machineCalls struct {
	arch *sysdeps.Arch
	all  bool // with those that have no name
	nrs  map[int64]bool
}

// add adds a call, with all its parts.
func (m *machineCalls) add(nr int64) {
	m.nrs[nr] = true
	for part := range m.arch.Syscalls.Parts(nr) {
		m.nrs[part] = true
	}
}

// ParseSyscalls reads a set. The error is a *Error.
func ParseSyscalls(text string) (*Syscalls, error) {
	set, err := parseSet(text)
	if err != nil {
		return nil, err
	}
	s := &Syscalls{not: set.not}
	for _, arch := range sysdeps.Archs {
		s.machines = append(s.machines, &machineCalls{arch: arch, nrs: map[int64]bool{}})
	}
	for _, it := range set.items {
		if err := s.add(set, it); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Wants tells whether a call is in the set: the one that has the number nr on
// the machine whose call it is, which need not be the thread's.
func (s *Syscalls) Wants(arch *sysdeps.Arch, nr int64) bool {
	if s == nil {
		return false
	}
	for _, m := range s.machines {
		if m.arch == arch {
			return s.not != (m.all || m.nrs[nr])
		}
	}
	return s.not
}

// add adds the calls of an item.
func (s *Syscalls) add(set *set, it item) error {
	text, lenient := strings.CutPrefix(it.text, "?")
	text, personality, qualified := strings.Cut(text, "@")
	machines := s.machines
	if qualified {
		if machines = s.ofPersonality(personality); machines == nil {
			return set.fail(it, "behind '@' stands 64, 32 or x32, not %q", personality)
		}
	}
	switch {
	case text == "none":
		return nil
	case text == "all":
		for _, m := range machines {
			m.all = true
		}
		return nil
	case text != "" && isDigit(text[0]) || strings.HasPrefix(text, "syscall_0x"):
		nr, err := callNumber(text)
		if err != nil {
			return set.fail(it, "%s is no number of a system call", text)
		}
		for _, m := range machines {
			m.add(nr)
		}
		return nil
	}
	match, class, err := callMatcher(text)
	if err != nil {
		return set.fail(it, "%s", err)
	}
	if !addCalls(machines, match, class) && !lenient {
		return set.fail(it, "%s", unknownCall(text, personality, machines))
	}
	return nil
}

// addCalls adds the calls whose names match, and tells whether there are any. With a
// class it is the parts themselves that belong to it.
func addCalls(machines []*machineCalls, match func(name string) bool, class bool) bool {
	found := false
	for _, m := range machines {
		for nr, name := range m.arch.Syscalls.All() {
			if match(name) {
				found = true
				if m.nrs[nr] = true; !class {
					m.add(nr)
				}
			}
			for part, name := range m.arch.Syscalls.Parts(nr) {
				if match(name) {
					m.nrs[part], found = true, true
				}
			}
		}
	}
	return found
}

// ofPersonality returns the machines that a personality in strace's sense is
// of, or nil if there is no such personality.
func (s *Syscalls) ofPersonality(name string) []*machineCalls {
	size := 0
	switch name {
	case "x32":
		return []*machineCalls{{arch: sysdeps.AMD64, nrs: map[int64]bool{}}} // for its names alone
	case "64":
		size = 8
	case "32":
		size = 4
	}
	var machines []*machineCalls
	for _, m := range s.machines {
		if m.arch.PtrSize == size {
			machines = append(machines, m)
		}
	}
	return machines
}

// callNumber reads a number, decimal, 0x hexadecimal or as calls without a name
// are shown. The kernel takes 31 bits of it.
func callNumber(text string) (int64, error) {
	text = strings.TrimPrefix(text, "syscall_")
	hex, ok := strings.CutPrefix(text, "0x")
	base := 10
	if ok {
		text, base = hex, 16
	}
	nr, err := strconv.ParseUint(text, base, 31)
	return int64(nr), err
}

// bareClasses are the classes that strace knows without a '%', too. Two of them
// are names of calls as well (signal, ipc), and mean the class.
var bareClasses = []string{"file", "desc", "network", "process", "signal", "ipc", "memory"}

// callMatcher returns what tells the names that an item stands for, and whether that
// is a class. The error is that of a regular expression.
func callMatcher(text string) (match func(name string) bool, class bool, err error) {
	if src, ok := strings.CutPrefix(text, "/"); ok {
		re, err := regexp.Compile(src)
		var fault *syntax.Error
		if errors.As(err, &fault) {
			err = errors.New(fault.Code.String() + ": " + fault.Expr)
		}
		if err != nil {
			return nil, false, err
		}
		return re.MatchString, false, nil
	}
	name, ok := strings.CutPrefix(text, "%")
	if ok || slices.Contains(bareClasses, text) {
		names, _ := sysdeps.SyscallClass(name)
		return func(name string) bool { return slices.Contains(names, name) }, true, nil
	}
	return func(name string) bool { return name == text }, false, nil
}

// unknownCall says that an item chooses nothing, and what may have been meant.
func unknownCall(text, personality string, machines []*machineCalls) string {
	kind := "system call"
	switch personality {
	case "64", "32":
		kind = personality + "-bit system call"
	case "x32":
		kind = "x32 system call"
	}
	switch {
	case strings.HasPrefix(text, "/"):
		return "no " + kind + " matches " + text
	case strings.HasPrefix(text, "%"):
		return "there is no class " + text + "; the classes are " + strings.Join(slices.Collect(classes), ", ")
	}
	names := func(yield func(string) bool) {
		for name := range classes {
			if !yield(name) {
				return
			}
		}
		for _, m := range machines {
			for nr, name := range m.arch.Syscalls.All() {
				if !yield(name) {
					return
				}
				for _, name := range m.arch.Syscalls.Parts(nr) {
					if !yield(name) {
						return
					}
				}
			}
		}
	}
	return fmt.Sprintf("no %s is named %q%s", kind, text, nearest(text, names))
}

// classes yields the classes as they are written.
func classes(yield func(string) bool) {
	for _, class := range sysdeps.SyscallClasses() {
		if !yield("%" + class) {
			return
		}
	}
}

// Numbers tells which of a machine's calls are in the set by their numbers: those in
// nrs, which are in no order, or if rest is set all others.
func (s *Syscalls) Numbers(arch *sysdeps.Arch) (nrs []int64, rest bool) {
	if s == nil {
		return nil, false
	}
	for _, m := range s.machines {
		switch {
		case m.arch != arch:
		case m.all:
			return nil, !s.not
		default:
			return slices.Collect(maps.Keys(m.nrs)), s.not
		}
	}
	return nil, s.not
}
