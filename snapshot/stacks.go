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
// What cannot change, the code and other read-only mappings, is read when it is asked for,
// and so is code that can: frames that are found by it are guesses.
// It implements sysdeps.Memory.
type Stacks struct {
	// Mappings are those of the process at that time.
	Mappings []proc.Mapping
	// Copied is the number of bytes.
	Copied uint64

	pieces []stackPiece // by address, not overlapping
	live   *Memory
	split  answer // whether stacks are of pieces
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
		if s.leaves(t, t.TID == h.PID) {
			s.copyLeft(&t.Regs)
		}
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
	sps := append(make([]sysdeps.Addr, 0, maxAreas), sp)
	for i := 0; i < len(sps); i++ {
		sps = appendInterrupted(sps, s.copyFrom(sps[i], arch), arch)
	}
}

// copyFrom copies what is in use of the stack that sp points into, and returns it; nil
// where there is no stack, or it has been copied already.
func (s *Stacks) copyFrom(sp sysdeps.Addr, arch *sysdeps.Arch) []byte {
	m := stackOf(s.Mappings, sp)
	if m == nil || s.Copied >= maxCopied || s.find(sp) != nil {
		return nil
	}
	lo := max(sp-min(sp, sysdeps.Addr(arch.RedZone)), m.Lo) // or sp is below the stack
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

// maxBeyond is how far below its stack a stack pointer may be that has run over it: by the
// frame of one function.
const maxBeyond = 1 << 20

// stackOf returns the mapping of the stack that an address is in, or has left at its lower
// end; nil where there is none.
func stackOf(ms []proc.Mapping, a sysdeps.Addr) *proc.Mapping {
	i := sort.Search(len(ms), func(i int) bool { return ms[i].Hi > a })
	for ; i < len(ms) && (ms[i].Lo <= a || ms[i].Lo-a <= maxBeyond); i++ {
		if ms[i].Write { // what is below may be a guard page
			return &ms[i]
		}
	}
	return nil
}

// appendInterrupted looks on a stack for the frames of signal handlers, and appends the
// stack pointers of what the signals have interrupted, until there are maxAreas of them.
// Such a frame is known by the segments of user code (64-bit: __USER_CS and __USER_DS, in
// one word of struct sigcontext with gs and fs between them; 32-bit: cs, and three words on
// ss), see arch/x86/include/asm/segment.h. That it is found where there is none costs a copy.
func appendInterrupted(sps []sysdeps.Addr, p []byte, arch *sysdeps.Arch) []sysdeps.Addr {
	const (
		segments64 = 0x33 | 0x2b<<48
		cs32       = 0x23
		ss32       = 0x2b
	)
	if arch.PtrSize == 8 {
		const csAt, spAt = 184, 160 // in struct ucontext
		for off := csAt; off+8 <= len(p) && len(sps) < maxAreas; off += 8 {
			if binary.LittleEndian.Uint64(p[off:]) == segments64 {
				sps = append(sps, sysdeps.Addr(binary.LittleEndian.Uint64(p[off-csAt+spAt:])))
			}
		}
		return sps
	}
	const csAt, spAt, ssAt = 60, 28, 72 // in struct sigcontext_32
	for off := csAt; off+ssAt-csAt+4 <= len(p) && len(sps) < maxAreas; off += 4 {
		if binary.LittleEndian.Uint32(p[off:]) == cs32 && binary.LittleEndian.Uint32(p[off+ssAt-csAt:]) == ss32 {
			sps = append(sps, sysdeps.Addr(binary.LittleEndian.Uint32(p[off-csAt+spAt:])))
		}
	}
	return sps
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
		if m == nil || m.Write && !m.Exec {
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
