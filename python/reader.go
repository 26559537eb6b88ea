package python

import (
	"encoding/binary"

	"sonde/sysdeps"
)

// maxPages bounds what is read for all threads of a process: they stand still for so
// long. 64 MB take some 30 ms.
const maxPages = 1 << 14

// reader reads what may be looked at all together before it is asked whether it was there.
type reader struct {
	pages *sysdeps.Pages
	err   error // the first one since it was last looked at
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// bytes returns n bytes; nil, and an error is set, where they cannot be read.
func (r *reader) bytes(a sysdeps.Addr, n uint64) []byte {
	p := make([]byte, n)
	if _, err := r.pages.ReadMemory(p, a); err != nil {
		r.fail(err)
		return nil
	}
	return p
}

// word returns the 64-bit word at an address; 0 where it cannot be read.
func (r *reader) word(a sysdeps.Addr) uint64 {
	var p [8]byte
	if _, err := r.pages.ReadMemory(p[:], a); err != nil {
		r.fail(err)
		return 0
	}
	return binary.LittleEndian.Uint64(p[:])
}

// addr returns the address that is stored at an address.
func (r *reader) addr(a sysdeps.Addr) sysdeps.Addr { return sysdeps.Addr(r.word(a)) }

func (r *reader) byte(a sysdeps.Addr) byte {
	var p [1]byte
	if _, err := r.pages.ReadMemory(p[:], a); err != nil {
		r.fail(err)
	}
	return p[0]
}

// taken returns the error, and forgets it.
func (r *reader) taken() error {
	err := r.err
	r.err = nil
	return err
}
