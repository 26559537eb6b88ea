package trace

import (
	"slices"
	"strings"

	"sonde/proc"
	"sonde/sysdeps"
)

// codeRange is executable memory.
type codeRange struct {
	lo, hi  sysdeps.Addr
	passing bool // anonymous or writable: it may change at any time
}

// codeRanges are the executable mappings, neighbours of one kind joined.
func codeRanges(mappings []proc.Mapping) []codeRange {
	var code []codeRange
	for i := range mappings {
		m := &mappings[i]
		if !m.Exec {
			continue
		}
		passing := m.Write || m.Inode == 0 && !strings.HasPrefix(m.Path, "[v")
		if n := len(code); n > 0 && code[n-1].hi == m.Lo && code[n-1].passing == passing {
			code[n-1].hi = m.Hi
			continue
		}
		code = append(code, codeRange{m.Lo, m.Hi, passing})
	}
	return code
}

// find returns the executable memory at a that is known.
func (sp *space) find(a sysdeps.Addr) (codeRange, bool) {
	i, _ := slices.BinarySearchFunc(sp.code, a, func(c codeRange, a sysdeps.Addr) int {
		if c.hi <= a {
			return -1
		}
		return 1
	})
	if i < len(sp.code) && sp.code[i].lo <= a {
		return sp.code[i], true
	}
	return codeRange{}, false
}

// codeAt returns the executable memory at a; it looks again where none is known.
func (sp *space) codeAt(th *proc.Thread, a sysdeps.Addr) (codeRange, bool) {
	for range 2 {
		if c, ok := sp.find(a); ok {
			return c, true
		}
		mappings, err := proc.Maps(th.TID)
		if err != nil {
			break
		}
		sp.code = codeRanges(mappings)
		sp.purge(th.Process.Space)
	}
	return codeRange{}, false
}
