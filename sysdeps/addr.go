package sysdeps

import "fmt"

// Addr is an address in a tracee, 64 bits wide on every host. Addresses out of
// a file, before the file is mapped, are plain uint64; adding a module's bias
// is the only bridge from one to the other.
type Addr uint64

// String returns the address as 0x followed by lower-case hexadecimal digits.
func (a Addr) String() string { return fmt.Sprintf("%#x", uint64(a)) }

// PageSize is the size in bytes of the smallest page of every machine that
// Sonde knows. Larger pages are multiples of it.
const PageSize = 4096

// PageDown returns the start of the page that holds a.
func (a Addr) PageDown() Addr { return a &^ (PageSize - 1) }

// PageUp returns a rounded up to the start of a page.
func (a Addr) PageUp() Addr { return (a + PageSize - 1) &^ (PageSize - 1) }

// Memory reads the memory of a live process, of a core file, or of a test.
type Memory interface {
	// ReadMemory fills p with the bytes at a. When not all of them can be
	// read it returns the number that could, and an error.
	ReadMemory(p []byte, a Addr) (n int, err error)
}

// MemoryWriter is memory that can be changed, code included.
type MemoryWriter interface {
	Memory
	// WriteMemory stores p at a, whatever the protection of the pages.
	WriteMemory(p []byte, a Addr) error
}

// Range is a part of memory, from Lo up to Hi.
type Range struct{ Lo, Hi Addr }
