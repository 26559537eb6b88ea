package elfsym

import "slices"

// pointerSet tells quickly whether there is a pointer at an address: most
// addresses that are asked for have none.
type pointerSet struct {
	addrs []uint64 // sorted
	bits  []uint64 // a power of two of them, one set by the hash of each address
	shift uint     // from a hash to its bit
}

// bitsPerPointer makes one in so many of the addresses without a pointer look
// as if it had one.
const bitsPerPointer = 16

func newPointerSet(addrs []uint64) *pointerSet {
	x := &pointerSet{addrs: addrs, shift: 64 - 6}
	for 1<<(64-x.shift) < bitsPerPointer*len(addrs) {
		x.shift--
	}
	x.bits = make([]uint64, 1<<(64-x.shift)/64)
	for _, a := range addrs {
		h := x.hash(a)
		x.bits[h/64] |= 1 << (h % 64)
	}
	return x
}

// hash is Fibonacci hashing: the multiplier is 2^64 divided by the golden ratio.
func (x *pointerSet) hash(addr uint64) uint64 { return addr * 0x9e3779b97f4a7c15 >> x.shift }

func (x *pointerSet) has(addr uint64) bool {
	h := x.hash(addr)
	if x.bits[h/64]>>(h%64)&1 == 0 {
		return false
	}
	_, ok := slices.BinarySearch(x.addrs, addr)
	return ok
}
