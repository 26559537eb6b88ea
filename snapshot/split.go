package snapshot

import (
	"sonde/sysdeps"
)

// leaves tells whether a thread may be on a stack that goes back to another one: it is the
// first thread, on a stack that is not the one that the kernel gave it, or the program is
// compiled with gcc's -fsplit-stack, where a stack is of pieces all over the memory.
func (s *Stacks) leaves(t *Thread, first bool) bool {
	const name = "[stack]"
	if s.split == unknown {
		s.split = no
		if s.splits(&t.Regs) {
			s.split = yes
		}
	}
	if s.split == yes {
		return true
	}
	m := mappingOf(s.Mappings, t.Regs.SP())
	return first && m != nil && m.Path != name
}

// answer is what is known of a question.
type answer uint8

const (
	unknown answer = iota
	no
	yes
)

// splits reads the limit of the piece of stack, which glibc's thread control blocks have a
// word for (__private_ss, in sysdeps/x86_64/nptl/tls.h and sysdeps/i386/nptl/tls.h), and
// which is 0 in other programs.
func (s *Stacks) splits(r *sysdeps.Regs) bool {
	const at = 0x70
	if r.Arch.PtrSize != 8 { // the block is behind a descriptor
		return false
	}
	var b [8]byte
	n, _ := s.live.ReadMemory(b[:], sysdeps.Addr(r.Get(sysdeps.FSBase))+at)
	return n == len(b) && mappingOf(s.Mappings, sysdeps.Addr(r.Arch.Word(b[:]))) != nil
}

// maxTried caps the words that are taken for saved frame pointers.
const maxTried = 4096

// copyLeft copies the stacks that a thread has left for the one that it is on: those that
// saved frame pointers lead to, which have a return address above them.
func (s *Stacks) copyLeft(r *sysdeps.Regs) {
	const below = 4096 // what a frame has below its frame pointer, with room
	tried := 0
	try := func(bp sysdeps.Addr) (next *stackPiece) {
		m := mappingOf(s.Mappings, bp)
		if m == nil || !m.Write || m.Exec || m.Inode != 0 || s.find(bp) != nil || tried >= maxTried {
			return nil
		}
		tried++
		var b [8]byte
		size := r.Arch.PtrSize
		if n, _ := s.live.ReadMemory(b[:size], bp+sysdeps.Addr(size)); n < size {
			return nil
		}
		back := mappingOf(s.Mappings, sysdeps.Addr(r.Arch.Word(b[:])))
		if back == nil || !back.Exec {
			return nil
		}
		s.CopyAt(max(bp-below, m.Lo), r.Arch)
		return s.find(bp)
	}
	next := []*stackPiece{s.find(r.SP()), try(sysdeps.Addr(r.Get(sysdeps.RBP)))}
	for i := 0; i < len(next); i++ {
		if next[i] == nil {
			continue
		}
		for p := next[i].p; len(p) >= r.Arch.PtrSize; p = p[r.Arch.PtrSize:] {
			if piece := try(sysdeps.Addr(r.Arch.Word(p))); piece != nil {
				copied := *piece // which moves when others come
				next = append(next, &copied)
			}
		}
	}
}
