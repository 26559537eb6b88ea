package snapshot

import (
	"slices"
	"sort"

	"sonde/sysdeps"
)

// CopyRange copies a part of memory, as the threads' stacks are: of a stack that no thread is on,
// or of what a runtime knows its stacks by. It is for while the process is held. Those of
// lower addresses are best copied first.
func (s *Stacks) CopyRange(lo, hi sysdeps.Addr) {
	if hi > lo && hi-lo > maxPiece {
		hi = lo + maxPiece
	}
	for lo < hi && s.Copied < maxCopied {
		i := sort.Search(len(s.pieces), func(i int) bool { return s.pieces[i].hi() > lo })
		end := hi
		if i < len(s.pieces) {
			piece := &s.pieces[i]
			if piece.lo <= lo {
				lo = piece.hi()
				continue
			}
			end = min(end, piece.lo)
		}
		p := make([]byte, end-lo)
		n, _ := s.live.ReadMemory(p, lo)
		if n <= 0 {
			return
		}
		s.pieces = slices.Insert(s.pieces, i, stackPiece{lo, p[:n]})
		s.Copied += uint64(n)
		if lo += sysdeps.Addr(n); lo < end {
			return
		}
	}
}
