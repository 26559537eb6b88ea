package trace

import "sonde/sysdeps"

// pages is a process's code, for looking at many places of it one behind the other: a
// library has thousands of functions, and reading each costs what reading its page
// does. It holds good as long as its thread stands still, and for code that nobody
// else changes.
type pages struct {
	sysdeps.MemoryWriter
	page []byte // nil: none has been read
	lo   sysdeps.Addr
}

// ReadMemory is sysdeps.Memory's.
func (c *pages) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	lo := a.PageDown()
	off := int(a - lo)
	if off+len(p) > sysdeps.PageSize {
		return c.MemoryWriter.ReadMemory(p, a)
	}
	if c.page == nil || c.lo != lo {
		if c.page == nil {
			c.page = make([]byte, sysdeps.PageSize)
		}
		c.lo = lo
		if n, _ := c.MemoryWriter.ReadMemory(c.page, lo); n < len(c.page) {
			c.page = nil
			return c.MemoryWriter.ReadMemory(p, a)
		}
	}
	return copy(p, c.page[off:]), nil
}

// WriteMemory is sysdeps.MemoryWriter's.
func (c *pages) WriteMemory(p []byte, a sysdeps.Addr) error {
	err := c.MemoryWriter.WriteMemory(p, a)
	if off := int64(a) - int64(c.lo); err != nil || off < 0 || off+int64(len(p)) > int64(len(c.page)) {
		c.page = nil // it may have been changed
	} else {
		copy(c.page[off:], p)
	}
	return err
}
