package unwind

import (
	"sonde/sysdeps"
)

// windowPages is how many pieces of memory a walk keeps; pieces are up to a page.
const windowPages = 16

// window keeps what was last read of a process's memory, since frames lie next to
// each other and each read of a live process is a system call.
type window struct {
	mem    sysdeps.Memory
	arch   *sysdeps.Arch
	pieces [windowPages]piece
}

// piece is memory from addr on; a page holds it whole.
type piece struct {
	addr sysdeps.Addr
	n    int // bytes that could be read
	data [sysdeps.PageSize]byte
}

// reset forgets everything.
func (w *window) reset(m sysdeps.Memory, arch *sysdeps.Arch) {
	w.mem, w.arch = m, arch
	for i := range w.pieces {
		w.pieces[i].n = 0
	}
}

// at returns the bytes from an address to the end of its page, as far as they can
// be read. They hold until the next call.
func (w *window) at(a sysdeps.Addr) []byte {
	p := &w.pieces[a/sysdeps.PageSize%windowPages]
	if a >= p.addr && a-p.addr < sysdeps.Addr(p.n) {
		return p.data[a-p.addr : p.n]
	}
	start := a.PageDown()
	p.addr = start
	p.n, _ = w.mem.ReadMemory(p.data[:], start)
	p.n = min(max(p.n, 0), len(p.data))
	if sysdeps.Addr(p.n) <= a-start { // a copy of a stack may begin within a page
		p.addr = a
		p.n, _ = w.mem.ReadMemory(p.data[:sysdeps.PageSize-(a-start)], a)
		p.n = min(max(p.n, 0), int(sysdeps.PageSize-(a-start)))
		if p.n == 0 {
			return nil
		}
	}
	return p.data[a-p.addr : p.n]
}

// read fills p, at most a page, with the bytes at an address.
func (w *window) read(p []byte, a sysdeps.Addr) bool {
	have := w.at(a)
	n := copy(p, have)
	if n < len(p) {
		n += copy(p[n:], w.at(a+sysdeps.Addr(n)))
	}
	return n == len(p)
}

// word reads the machine's word at an address.
func (w *window) word(a sysdeps.Addr) (v uint64, ok bool) {
	size := w.arch.PtrSize
	if p := w.at(a); len(p) >= size {
		return w.arch.Word(p), true
	}
	var b [8]byte
	if !w.read(b[:size], a) {
		return 0, false
	}
	return w.arch.Word(b[:]), true
}
