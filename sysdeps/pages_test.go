package sysdeps

import (
	"errors"
	"testing"
)

// counted is memory of a page and a half at 0x1000. It counts how often it is read.
type counted struct{ reads int }

func (m *counted) ReadMemory(p []byte, a Addr) (n int, err error) {
	m.reads++
	for n < len(p) {
		at := a + Addr(n)
		if at < 0x1000 || at >= 0x2800 {
			return n, ErrGone
		}
		p[n] = byte(at>>8 ^ at)
		n++
	}
	return n, nil
}

// TestPagesKept reads memory, one line after the other.
func TestPagesKept(t *testing.T) {
	m := &counted{}
	pages := NewPages(m, 3)
	for _, c := range []struct {
		a     Addr
		n     int
		want  int  // bytes that are there
		reads int  // of the memory below, up to now
		bound bool // there are too many pages
	}{
		{0x1ff8, 8, 8, 1, false},
		{0x1000, 16, 16, 1, false},
		{0x1ffc, 8, 8, 2, false}, // across pages
		{0x27f8, 16, 8, 2, false},
		{0x2800, 1, 0, 2, false},
		{0xfff, 2, 0, 3, false},
		{0x5000, 1, 0, 3, true}, // a fourth page
		{0x1008, 8, 8, 3, false},
	} {
		p := make([]byte, c.n)
		n, err := pages.ReadMemory(p, c.a)
		if n != c.want || (err == nil) != (n == c.n) || m.reads != c.reads || errors.Is(err, ErrTooManyPages) != c.bound {
			t.Errorf("%d bytes at %v: %d after %d reads, %v", c.n, c.a, n, m.reads, err)
		}
		for i, b := range p[:n] {
			if at := c.a + Addr(i); b != byte(at>>8^at) {
				t.Errorf("%v: %#x", at, b)
			}
		}
	}
}
