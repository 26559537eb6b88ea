package snapshot

import (
	"cmp"
	"slices"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// CopyRanges copies parts of memory, as the threads' stacks are: of stacks that no thread is
// on, or of what a runtime knows its stacks by. It is for while the process is held. Of a
// part beyond 1 MB the beginning is copied.
func (s *Stacks) CopyRanges(ranges []sysdeps.Range) {
	fresh := s.fresh(ranges)
	for len(fresh) > 0 {
		n := min(len(fresh), maxVector)
		s.live.readPieces(fresh[:n])
		for i := range fresh[:n] {
			s.Copied += uint64(len(fresh[i].p))
		}
		s.pieces = append(s.pieces, fresh[:n]...)
		fresh = fresh[n:]
	}
	slices.SortFunc(s.pieces, func(a, b stackPiece) int { return cmp.Compare(a.lo, b.lo) })
}

// fresh returns room for what has not been copied yet of ranges.
func (s *Stacks) fresh(ranges []sysdeps.Range) (fresh []stackPiece) {
	sorted := slices.SortedFunc(slices.Values(ranges), func(a, b sysdeps.Range) int { return cmp.Compare(a.Lo, b.Lo) })
	i := 0 // the first piece that does not end below
	end := sysdeps.Addr(0)
	left := maxCopied - min(s.Copied, maxCopied)
	for _, r := range sorted {
		lo := max(r.Lo, end)
		hi := min(r.Hi, r.Lo+min(maxPiece, -r.Lo-1))
		for lo < hi {
			for i < len(s.pieces) && s.pieces[i].hi() <= lo {
				i++
			}
			to := hi
			if i < len(s.pieces) {
				if s.pieces[i].lo <= lo {
					lo = s.pieces[i].hi()
					continue
				}
				to = min(to, s.pieces[i].lo)
			}
			n := uint64(to - lo)
			if n > left {
				return fresh
			}
			left -= n
			fresh = append(fresh, stackPiece{lo, make([]byte, n)})
			lo, end = to, to
		}
	}
	return fresh
}

// maxVector is how many parts a system call reads at most (IOV_MAX).
const maxVector = 1024

// readPieces fills pieces, and shortens those that cannot be read to their ends.
func (m *Memory) readPieces(pieces []stackPiece) {
	local, remote := make([]unix.Iovec, len(pieces)), make([]unix.RemoteIovec, len(pieces))
	for i := range pieces {
		p := &pieces[i]
		local[i].Base = &p.p[0]
		local[i].SetLen(len(p.p))
		remote[i] = unix.RemoteIovec{Base: uintptr(p.lo), Len: len(p.p)}
	}
	for len(pieces) > 0 {
		n, _ := unix.ProcessVMReadv(m.pid, local, remote, 0) // what it lacks is read one by one
		whole := 0
		for n = max(n, 0); whole < len(pieces) && n >= len(pieces[whole].p); whole++ {
			n -= len(pieces[whole].p)
		}
		if whole < len(pieces) {
			p := &pieces[whole]
			got, _ := m.ReadMemory(p.p, p.lo) // a walk says what it lacks
			p.p = p.p[:max(got, 0)]
			whole++
		}
		pieces, local, remote = pieces[whole:], local[whole:], remote[whole:]
	}
}
