package python

import (
	"encoding/binary"
	"errors"

	"sonde/sysdeps"
)

// maxPages bounds what is read for all threads of a process: they stand still for so
// long. 64 MB take some 30 ms.
const maxPages = 1 << 14

// errTooMuch is the error of reading more than that.
var errTooMuch = errors.New("there is more to be read than the bound")

// reader keeps pages of a process's memory: what belongs together mostly lies together,
// and each read of a live process is a system call.
type reader struct {
	mem   sysdeps.Memory
	pages map[sysdeps.Addr][]byte // as far as they can be read
	err   error                   // the first one since it was last looked at
}

// page returns the bytes of a page from its beginning.
func (r *reader) page(a sysdeps.Addr) []byte {
	if p, ok := r.pages[a]; ok {
		return p
	}
	if len(r.pages) >= maxPages {
		r.fail(errTooMuch)
		return nil
	}
	p := make([]byte, sysdeps.PageSize)
	n, _ := r.mem.ReadMemory(p, a)
	r.pages[a] = p[:min(max(n, 0), len(p))]
	return r.pages[a]
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// memoryError is memory that cannot be read.
type memoryError struct{ addr sysdeps.Addr }

func (e *memoryError) Error() string { return "the memory at " + e.addr.String() + " cannot be read" }

// bytes returns n bytes; nil, and an error is set, where they cannot be read.
func (r *reader) bytes(a sysdeps.Addr, n uint64) []byte {
	start := a.PageDown()
	p := r.page(start)
	if off := uint64(a - start); off < uint64(len(p)) && uint64(len(p))-off >= n {
		return p[off:][:n:n]
	}
	all := make([]byte, 0, n)
	for uint64(len(all)) < n {
		at := a + sysdeps.Addr(len(all))
		p, off := r.page(at.PageDown()), int(at-at.PageDown())
		if off >= len(p) {
			r.fail(&memoryError{at})
			return nil
		}
		all = append(all, p[off:min(len(p), off+int(n)-len(all))]...)
	}
	return all
}

// word returns the 64-bit word at an address; 0 where it cannot be read.
func (r *reader) word(a sysdeps.Addr) uint64 {
	if p := r.bytes(a, 8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// addr returns the address that is stored at an address.
func (r *reader) addr(a sysdeps.Addr) sysdeps.Addr { return sysdeps.Addr(r.word(a)) }

func (r *reader) byte(a sysdeps.Addr) byte {
	if p := r.bytes(a, 1); p != nil {
		return p[0]
	}
	return 0
}

// taken returns the error, and forgets it.
func (r *reader) taken() error {
	err := r.err
	r.err = nil
	return err
}
