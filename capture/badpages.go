package capture

import "sonde/sysdeps"

// badPages remembers where nothing could be read, so that a register's old
// contents do not cost a request at every call. It forgets often, since memory
// comes and goes.
type badPages struct {
	page [16]sysdeps.Addr
	uses int
}

func (b *badPages) slot(a sysdeps.Addr) *sysdeps.Addr {
	return &b.page[a/sysdeps.PageSize%sysdeps.Addr(len(b.page))]
}

func (b *badPages) has(a sysdeps.Addr) bool {
	if b.uses++; b.uses >= 1024 {
		*b = badPages{}
	}
	return *b.slot(a) == a.PageDown()
}

func (b *badPages) add(a sysdeps.Addr) { *b.slot(a) = a.PageDown() }
