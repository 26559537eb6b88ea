package elfsym

import (
	"hash/maphash"
	"iter"
)

// nameIndex finds what has a name in a list: chains through next, which begin
// at heads. Numbers are one more than places in the list, 0 ends a chain. The
// file's own hash table is not used, as it is only as honest as the file.
type nameIndex struct {
	seed  maphash.Seed
	heads []uint32
	next  []uint32
}

// newNameIndex indexes a list of n, of which name returns the names.
func newNameIndex(n int, name func(i int) string) nameIndex {
	if n == 0 {
		return nameIndex{}
	}
	size := 1 // a power of two
	for size < n {
		size *= 2
	}
	x := nameIndex{seed: maphash.MakeSeed(), heads: make([]uint32, size), next: make([]uint32, n)}
	for i := n - 1; i >= 0; i-- { // backwards: chains run forwards
		h := x.slot(name(i))
		x.next[i], x.heads[h] = x.heads[h], uint32(i+1)
	}
	return x
}

// candidates returns the places of all that have that name and of some that do
// not, in the order of the list.
func (x *nameIndex) candidates(name string) iter.Seq[int] {
	return func(yield func(int) bool) {
		if len(x.heads) == 0 {
			return
		}
		for n := x.heads[x.slot(name)]; n != 0; n = x.next[n-1] {
			if !yield(int(n - 1)) {
				return
			}
		}
	}
}

func (x *nameIndex) slot(name string) int {
	return int(maphash.String(x.seed, name) & uint64(len(x.heads)-1))
}
