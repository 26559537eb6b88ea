package elfsym

import "sonde/sysdeps"

// stubKind tells what a piece of code in or about a linkage table is.
type stubKind uint8

const (
	// notStub: nothing that belongs to a linkage table.
	notStub stubKind = iota
	// pushStub: hands an index to the dynamic linker, on the first call
	// through a slot. It belongs to a table, but calls enter elsewhere.
	pushStub
	// plainSlot: a jump through a pointer and no more. A function that ends
	// in a call without a linkage table (-fno-plt) may consist of the same.
	plainSlot
	// certainSlot: a jump with what only a linker writes about it.
	certainSlot
)

// stub is an entry of a linkage table: its kind, length in bytes, and for slots
// the address of the pointer that it jumps through.
type stub struct {
	kind stubKind
	size int
	got  uint64
}

// maxStub is the length of the longest entry, lld's lazy retpoline.
const maxStub = 32

// slotAlign is what the addresses of slots are multiples of.
const slotAlign = 8

// stubDecoder decodes the entry of a linkage table that begins with code, which
// is at address addr.
type stubDecoder func(code []byte, addr uint64) stub

func newStubDecoder(a *sysdeps.Arch, gotBase uint64) stubDecoder {
	if a == sysdeps.I386 {
		t := &i386Table{linked: gotBase, base: gotBase}
		return t.decode
	}
	return x86Decode
}
