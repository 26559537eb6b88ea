package trace

import (
	"slices"
	"strconv"
	"time"

	"sonde/elfsym"
	"sonde/proc"
	"sonde/sysdeps"
	"sonde/unwind"
)

// mapped is what an address space has mapped, as far as walking stacks needs to know. It
// is read again when libraries come or go, after system calls that may change what code
// there is, and where a stack leads to where nothing is known to be.
type mapped struct {
	images   *elfsym.Images // nil before they are asked for
	mappings []proc.Mapping // what they were made of
	by       *proc.Process  // whose files in /proc they are found by
	read     time.Duration
	stale    bool
	// hopeless are ends of walks that reading it again has not helped.
	hopeless map[deadEnd]bool
}

// deadEnd is where a walk has ended: the last frame, and what was not to be had.
type deadEnd struct{ pc, missing sysdeps.Addr }

// maxDeadEnds bounds how many are kept.
const maxDeadEnds = 1 << 12

// rereadAfter is how old what is known must be to be read again for a stack of which
// frames were guessed: it may be for want of code that has been mapped since.
const rereadAfter = 100 * time.Millisecond

// imagesOf returns the files that a thread's address space has mapped.
func (s *Session) imagesOf(th *proc.Thread, m *mapped) (*elfsym.Images, error) {
	if m.images != nil && !m.stale && m.by.Threads() > 0 {
		return m.images, nil
	}
	_, err := s.readMappings(th, m)
	return m.images, err
}

// readMappings reads what is mapped, and tells whether that is something else than before.
func (s *Session) readMappings(th *proc.Thread, m *mapped) (changed bool, err error) {
	tid := th.Process.LiveTID()
	mappings, err := proc.Maps(tid)
	if err != nil {
		return false, err
	}
	if len(mappings) == 0 { // it is ending
		return false, sysdeps.ErrGone
	}
	m.read, m.stale = s.now, false
	if m.images != nil && m.by.Threads() > 0 && slices.Equal(mappings, m.mappings) {
		return false, nil
	}
	where := &elfsym.DebugFinder{Root: "/proc/" + strconv.Itoa(tid) + "/root"}
	m.images = proc.Images(tid, mappings, ownMemory{th.Process.Space}, &s.files, where)
	m.mappings, m.by = mappings, th.Process
	clear(m.hopeless)
	return true, nil
}

// outdated tells that a walk may have ended where it has, or have guessed, for want of what
// has been mapped since the mappings were read, and that they are others by now.
func (s *Session) outdated(th *proc.Thread, m *mapped, stop *unwind.Stop, guessed bool) bool {
	switch {
	case guessed:
		if s.now-m.read < rereadAfter {
			return false
		}
	case stop.Reason == unwind.NoCode && !m.images.Executable(stop.Addr),
		stop.Reason == unwind.Backwards && m.images.Mapping(stop.Addr) == nil,
		stop.Reason == unwind.NoRule:
		end := deadEnd{stop.PC, stop.Addr}
		if m.hopeless[end] {
			return false
		}
		if m.hopeless == nil || len(m.hopeless) >= maxDeadEnds {
			m.hopeless = make(map[deadEnd]bool)
		}
		m.hopeless[end] = true
	default:
		return false
	}
	changed, err := s.readMappings(th, m)
	return changed && err == nil
}

// mappingCalls are the system calls that may change what code there is in memory.
var mappingCalls = []string{"mmap", "mmap2", "munmap", "mremap", "mprotect", "pkey_mprotect"}

// protExec is PROT_EXEC of mmap(2).
const protExec = 4

// remapped takes note of a system call that has changed what code there is. What the
// dynamic linker maps it tells of, but nobody listens where system calls alone are traced.
func (s *Session) remapped(th *proc.Thread, call *proc.Syscall) {
	if call.Failed || !s.wantsStacks() || !s.syscallOf(call.Arch, call.Nr).maps {
		return
	}
	sp := spaceOf(th)
	if sp == nil || sp.mapped.images == nil {
		return
	}
	lo, prot := sysdeps.Addr(call.Args[0]), call.Args[2]
	size := sysdeps.Addr(call.Args[1])
	switch call.Arch.Syscalls.Name(call.Nr) {
	case "mmap", "mmap2":
		lo = sysdeps.Addr(call.Value)
		if call.Nr != call.Arch.Calls.Mmap { // i386's old one, whose arguments are in memory
			prot = protExec
		}
	case "munmap", "mremap":
		prot = 0
	}
	if prot&protExec != 0 || sp.mapped.hasCode(lo, lo+size) {
		sp.mapped.stale = true
	}
}

// hasCode tells whether there was executable memory in [lo, hi).
func (m *mapped) hasCode(lo, hi sysdeps.Addr) bool {
	return slices.ContainsFunc(m.mappings, func(p proc.Mapping) bool { return p.Exec && p.Lo < hi && lo < p.Hi })
}
