package trace

import (
	"bytes"
	"errors"
	"testing"

	"sonde/sysdeps"
)

// countedMemory is memory from 0 to its length that counts how often it is read.
type countedMemory struct {
	bytes []byte
	reads int
}

func (m *countedMemory) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	m.reads++
	if a > sysdeps.Addr(len(m.bytes)) {
		return 0, errors.New("no memory")
	}
	n := copy(p, m.bytes[a:])
	if n < len(p) {
		return n, errors.New("no memory")
	}
	return n, nil
}

func (m *countedMemory) WriteMemory(p []byte, a sysdeps.Addr) error {
	if a+sysdeps.Addr(len(p)) > sysdeps.Addr(len(m.bytes)) {
		return errors.New("no memory")
	}
	copy(m.bytes[a:], p)
	return nil
}

// TestPages reads and writes by the page what is compared with the memory itself.
func TestPages(t *testing.T) {
	const page = sysdeps.PageSize
	memory := &countedMemory{bytes: make([]byte, 2*page+100)}
	for i := range memory.bytes {
		memory.bytes[i] = byte(i ^ i>>8)
	}
	code := &pages{MemoryWriter: memory}
	for _, c := range []struct {
		name  string
		at    sysdeps.Addr
		size  int
		write bool
		reads int // of the memory
	}{
		{"the first of a page", 8, 4, false, 1},
		{"another of it", page - 1, 1, false, 0},
		{"what is written in it", 100, 1, true, 0},
		{"around that", 96, 9, false, 0},
		{"over its end", page - 4, 8, false, 1},
		{"what is written over its end", page - 1, 2, true, 0},
		{"its end", page - 1, 1, false, 1},
		{"the next page", page, 9, false, 1},
		{"a page that ends early", 2*page + 90, 9, false, 2},
		{"what is written there", 2*page + 90, 1, true, 0},
		{"that again", 2*page + 90, 1, false, 2},
		{"beyond the end", 2*page + 98, 9, false, 2},
	} {
		before := memory.reads
		if c.write {
			if err := code.WriteMemory(bytes.Repeat([]byte{0xcc}, c.size), c.at); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		} else {
			p := make([]byte, c.size)
			n, err := code.ReadMemory(p, c.at)
			want := memory.bytes[c.at:min(int(c.at)+c.size, len(memory.bytes))]
			if !bytes.Equal(p[:n], want) || (err != nil) != (n < c.size) {
				t.Errorf("%s: % x, %v, want % x", c.name, p[:n], err, want)
			}
		}
		if got := memory.reads - before; got != c.reads {
			t.Errorf("%s: memory is read %d times, want %d", c.name, got, c.reads)
		}
	}
	if err := code.WriteMemory([]byte{1}, sysdeps.Addr(len(memory.bytes))); err == nil {
		t.Error("no error where there is no memory")
	}
}
