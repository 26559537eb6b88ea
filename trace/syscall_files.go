package trace

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"sonde/proc"
	"sonde/prototype"
)

// uses are the ways in which a system call refers to files, as its prototype has them:
// by descriptors, and by arguments that are paths. What it gives back does not count.
type uses struct {
	words []int // the arguments that are descriptors, each a register
	read  bool  // others are paths, or lead to descriptors: they have to be read
}

func (u *uses) any() bool { return u.read || len(u.words) > 0 }

// usesOf looks through the parameters of a prototype.
func usesOf(proto *prototype.Prototype) (u uses) {
	seen := make(map[*prototype.Type]bool)
	for i := range proto.Params {
		switch p := &proto.Params[i]; {
		case p.Dir == prototype.Out:
		case isDescriptor(p.Type):
			u.words = append(u.words, i)
		case isPath(p.Type) || leadsToDescriptor(p.Type, seen):
			u.read = true
		}
	}
	return u
}

func isDescriptor(t *prototype.Type) bool {
	return t != nil && t.Kind == prototype.Int && t.Lens == prototype.Descriptor
}

// isPath tells of a pointer to text that is a path, whole.
func isPath(t *prototype.Type) bool {
	return t != nil && t.Kind == prototype.Pointer && t.Elem != nil && t.Elem.Whole
}

// isDescriptorSet tells of the sets of select(2): what comes out of other sets of bits
// is not told behind the result.
func isDescriptorSet(t *prototype.Type) bool {
	return t != nil && t.Lens == prototype.Aside && t.Elem != nil && t.Elem.Lens == prototype.Bitvec
}

// leadsToDescriptor tells of a type that is made of others, or leads to them, whether
// a descriptor is among them. A type in seen has none, or is being looked at.
func leadsToDescriptor(t *prototype.Type, seen map[*prototype.Type]bool) bool {
	if t == nil || seen[t] {
		return false
	}
	if isDescriptor(t) || isDescriptorSet(t) {
		return true
	}
	seen[t] = true
	for i := range t.Fields {
		if leadsToDescriptor(t.Fields[i].Type, seen) {
			return true
		}
	}
	for i := range t.Cases {
		// What an alternative of an argument gives back is not read at the call.
		if isPath(t.Cases[i].Type) || leadsToDescriptor(t.Cases[i].Type, seen) {
			return true
		}
	}
	return leadsToDescriptor(t.Elem, seen) || leadsToDescriptor(t.Else, seen)
}

// choosesFiles tells whether system calls are chosen by the files that they use.
func (s *Session) choosesFiles() bool { return s.opt.Descriptors != nil || len(s.opt.Paths) > 0 }

// usesChosen tells whether a descriptor among a call's words is one that has been
// asked for, or of a file that has.
func (s *Session) usesChosen(th *proc.Thread, c *kernelCall, call *proc.Syscall) bool {
	for _, i := range c.uses.words {
		if i < len(call.Args) && s.isChosen(th, int32(call.Args[i])) {
			return true
		}
	}
	return false
}

// leadsToChosen tells the same of what has been captured of a call: its paths, and the
// descriptors that its arguments lead to.
func (s *Session) leadsToChosen(th *proc.Thread, args []prototype.Value) bool {
	for i := range args {
		v := &args[i]
		if v.State == prototype.Captured && isPath(v.Type) && slices.Contains(s.opt.Paths, string(v.Text)) {
			return true
		}
	}
	return s.holdsChosen(th, args)
}

// holdsChosen looks for descriptors in values and in what they are made of.
func (s *Session) holdsChosen(th *proc.Thread, vs []prototype.Value) bool {
	for i := range vs {
		v := &vs[i]
		if v.Was != nil { // the outcome comes later
			v = v.Was
		}
		switch {
		case v.State != prototype.Captured:
		case isDescriptor(v.Type):
			if s.isChosen(th, int32(v.Word)) {
				return true
			}
		case isDescriptorSet(v.Type):
			if len(v.Elems) > 0 && s.setHasChosen(th, v.Elems[0].Elems) {
				return true
			}
		case s.holdsChosen(th, v.Elems):
			return true
		}
	}
	return false
}

// setHasChosen looks through the words of a set of descriptors.
func (s *Session) setHasChosen(th *proc.Thread, words []prototype.Value) bool {
	from := 0
	for i := range words {
		bits := 8 * int(words[i].Size)
		for bit := range min(bits, 64) {
			if words[i].Word>>bit&1 != 0 && s.isChosen(th, int32(from+bit)) {
				return true
			}
		}
		from += bits
	}
	return false
}

// isChosen tells of a descriptor of a thread whether it has been asked for by its
// number, or by the file that it leads to. AT_FDCWD and the like are none.
func (s *Session) isChosen(th *proc.Thread, fd int32) bool {
	if s.opt.Descriptors != nil && s.opt.Descriptors.Wants(fd) {
		return true
	}
	if fd < 0 || len(s.opt.Paths) == 0 {
		return false
	}
	path, err := os.Readlink("/proc/" + strconv.Itoa(th.TID) + "/fd/" + strconv.Itoa(int(fd)))
	if err != nil {
		return false // it is not open
	}
	// Of a file without a name the kernel has its last one, and says so (proc_pid_fd(5)).
	return slices.Contains(s.opt.Paths, path) || slices.Contains(s.opt.Paths, strings.TrimSuffix(path, " (deleted)"))
}
