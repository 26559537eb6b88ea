package snapshot

import (
	"encoding/binary"
	"os"
	"strconv"

	"sonde/corefile"
	"sonde/sysdeps"
)

// pagemap tells which pages a process has (Documentation/admin-guide/mm/pagemap.rst).
type pagemap struct {
	f   *os.File
	buf []byte
}

func openPagemap(pid int) (*pagemap, error) {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/pagemap")
	if err != nil {
		return nil, err
	}
	return &pagemap{f, make([]byte, 64<<10)}, nil
}

func (p *pagemap) close() { p.f.Close() }

// holes returns the parts of [lo, hi) that have never been written to: no page is
// there, neither in memory (bit 63) nor in swap (bit 62).
func (p *pagemap) holes(lo, hi sysdeps.Addr) []corefile.Range {
	const entry = 8
	var all []corefile.Range
	for a := lo; a < hi; {
		want := min(int64(hi-a)/sysdeps.PageSize*entry, int64(len(p.buf)))
		n, err := p.f.ReadAt(p.buf[:want], int64(a/sysdeps.PageSize)*entry)
		if err != nil || n < entry {
			return all // what is not known is read
		}
		for i := 0; i+entry <= n; i, a = i+entry, a+sysdeps.PageSize {
			if binary.LittleEndian.Uint64(p.buf[i:])>>62 != 0 {
				continue
			}
			if last := len(all) - 1; last >= 0 && all[last].Hi == a {
				all[last].Hi += sysdeps.PageSize
			} else {
				all = append(all, corefile.Range{Lo: a, Hi: a + sysdeps.PageSize})
			}
		}
	}
	return all
}
