package sysdeps

import (
	"errors"
	"fmt"
)

// Pages keeps the pages of a process's memory that have been read: what belongs together
// mostly lies together, and each read of a live process is a system call. It implements
// Memory, for as long as that holds still.
type Pages struct {
	mem   Memory
	limit int
	pages map[Addr][]byte // as far as they can be read
}

// ErrTooManyPages is the error of reading more than the limit.
var ErrTooManyPages = errors.New("there is more to be read than the bound")

// NewPages returns Pages of a memory, so many at the most.
func NewPages(m Memory, limit int) *Pages {
	return &Pages{mem: m, limit: limit, pages: make(map[Addr][]byte)}
}

// ReadMemory implements Memory.
func (pg *Pages) ReadMemory(p []byte, a Addr) (n int, err error) {
	for n < len(p) {
		at := a + Addr(n)
		page, err := pg.page(at.PageDown())
		if err != nil {
			return n, err
		}
		off := int(at - at.PageDown())
		if off >= len(page) {
			return n, fmt.Errorf("the memory at %v cannot be read", at)
		}
		n += copy(p[n:], page[off:])
	}
	return n, nil
}

func (pg *Pages) page(a Addr) ([]byte, error) {
	if p, ok := pg.pages[a]; ok {
		return p, nil
	}
	if len(pg.pages) >= pg.limit {
		return nil, ErrTooManyPages
	}
	p := make([]byte, PageSize)
	n, _ := pg.mem.ReadMemory(p, a) // what cannot be read is told where it is asked for
	pg.pages[a] = p[:min(max(n, 0), len(p))]
	return pg.pages[a], nil
}
