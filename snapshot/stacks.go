package snapshot

import (
	"encoding/binary"
	"slices"
	"sort"

	"sonde/proc"
	"sonde/sysdeps"
)

// Limits of what is copied: a thread's stack mostly has some KiB in use, but that of Go's
// threads lies within a heap of gigabytes.
const (
	maxPiece  = 1 << 20
	maxCopied = 512 << 20
	// maxAreas is how many stacks a thread may be on, by signals within signals.
	maxAreas = 8
)

// Stacks are what unwinding needs of the memory of a process, as it was when the process
// stood still: the used parts of the stacks, also of those that signals have interrupted.
// What cannot change, the code and other read-only mappings, is read when it is asked for.
// It implements sysdeps.Memory.
type Stacks struct {
	// Mappings are those of the process at that time.
	Mappings []proc.Mapping
	// Copied is the number of bytes.
	Copied uint64

	pieces []stackPiece // by address, not overlapping
	live   *Memory
}

type stackPiece struct {
	lo sysdeps.Addr
	p  []byte
}

func (s *stackPiece) hi() sysdeps.Addr { return s.lo + sysdeps.Addr(len(s.p)) }

// Stacks copies the stacks of a process that is held. mem is to stay open while they are
// in use.
func (h *Held) Stacks(mem *Memory) (*Stacks, error) {
	s, err := mem.Stacks()
	if err != nil {
		return nil, err
	}
	for _, t := range h.Threads {
		if t.Err != nil {
			continue
		}
		s.CopyAt(t.Regs.SP(), t.Regs.Arch)
	}
	return s, nil
}

// Stacks are none yet, of the process as it is mapped now. They are to be copied by CopyAt.
func (m *Memory) Stacks() (*Stacks, error) {
	ms, err := proc.Maps(m.TID())
	if err != nil {
		return nil, err
	}
	return &Stacks{Mappings: ms, live: m}, nil
}

// Forget drops what has been copied.
func (s *Stacks) Forget() { s.pieces, s.Copied = nil, 0 }

// CopyAt copies what is in use of the stack that sp points into, and of those that signals
// have interrupted there.
func (s *Stacks) CopyAt(sp sysdeps.Addr, arch *sysdeps.Arch) {
	for range maxAreas {
		p := s.copyFrom(sp, arch)
		var more bool
		if sp, more = interrupted(p, arch); !more {
			return
		}
	}
}

// copyFrom copies what is in use of the stack that sp points into, and returns it; nil
// where there is no stack, or it has been copied already.
func (s *Stacks) copyFrom(sp sysdeps.Addr, arch *sysdeps.Arch) []byte {
	m := mappingOf(s.Mappings, sp)
	if m == nil || s.Copied >= maxCopied || s.find(sp) != nil {
		return nil
	}
	lo := max(sp-min(sp, sysdeps.Addr(arch.RedZone)), m.Lo)
	hi := min(m.Hi, lo+maxPiece)
	i := sort.Search(len(s.pieces), func(i int) bool { return s.pieces[i].lo > lo })
	if i < len(s.pieces) {
		hi = min(hi, s.pieces[i].lo)
	}
	if i > 0 {
		lo = max(lo, s.pieces[i-1].hi())
	}
	p := make([]byte, hi-lo)
	n, _ := s.live.ReadMemory(p, lo) // as far as it can be read: a walk says what it lacks
	s.pieces = slices.Insert(s.pieces, i, stackPiece{lo, p[:n]})
	s.Copied += uint64(n)
	return p[:n]
}

// mappingOf returns the mapping that holds an address.
func mappingOf(ms []proc.Mapping, a sysdeps.Addr) *proc.Mapping {
	i := sort.Search(len(ms), func(i int) bool { return ms[i].Hi > a })
	if i == len(ms) || !ms[i].Contains(a) {
		return nil
	}
	return &ms[i]
}

// interrupted looks on a stack for the frame of a signal handler, and returns the stack
// pointer of what the signal has interrupted. It is known by the segments of user code
// (64-bit: __USER_CS and __USER_DS, in one word of struct sigcontext with gs and fs between
// them; 32-bit: cs, and three words on ss), see arch/x86/include/asm/segment.h. That it is
// found where there is none costs a copy.
func interrupted(p []byte, arch *sysdeps.Arch) (sp sysdeps.Addr, ok bool) {
	const (
		segments64 = 0x33 | 0x2b<<48
		cs32       = 0x23
		ss32       = 0x2b
	)
	if arch.PtrSize == 8 {
		const csAt, spAt = 184, 160 // in struct ucontext
		for off := csAt; off+8 <= len(p); off += 8 {
			if binary.LittleEndian.Uint64(p[off:]) == segments64 {
				return sysdeps.Addr(binary.LittleEndian.Uint64(p[off-csAt+spAt:])), true
			}
		}
		return 0, false
	}
	const csAt, spAt, ssAt = 60, 28, 72 // in struct sigcontext_32
	for off := csAt; off+ssAt-csAt+4 <= len(p); off += 4 {
		if binary.LittleEndian.Uint32(p[off:]) == cs32 && binary.LittleEndian.Uint32(p[off+ssAt-csAt:]) == ss32 {
			return sysdeps.Addr(binary.LittleEndian.Uint32(p[off-csAt+spAt:])), true
		}
	}
	return 0, false
}

func (s *Stacks) find(a sysdeps.Addr) *stackPiece {
	i := sort.Search(len(s.pieces), func(i int) bool { return s.pieces[i].lo > a }) - 1
	if i < 0 || a >= s.pieces[i].hi() {
		return nil
	}
	return &s.pieces[i]
}

// NotCopiedError is memory that may have changed since the process went on. It is a
// sysdeps.ErrNotCopied.
type NotCopiedError struct{ Addr sysdeps.Addr }

// Error returns where it is.
func (e *NotCopiedError) Error() string {
	return "read " + e.Addr.String() + ": it was not copied while the process stood still"
}

// Is tells that it is a sysdeps.ErrNotCopied.
func (e *NotCopiedError) Is(target error) bool { return target == sysdeps.ErrNotCopied }

// ReadMemory implements sysdeps.Memory.
func (s *Stacks) ReadMemory(p []byte, a sysdeps.Addr) (n int, err error) {
	for n < len(p) {
		at := a + sysdeps.Addr(n)
		if piece := s.find(at); piece != nil {
			n += copy(p[n:], piece.p[at-piece.lo:])
			continue
		}
		m := mappingOf(s.Mappings, at)
		if m == nil || m.Write {
			return n, &NotCopiedError{at}
		}
		got, err := s.live.readOpened(p[n:min(len(p), n+int(min(m.Hi-at, 1<<30)))], at)
		n += got
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
