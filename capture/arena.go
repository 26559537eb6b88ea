package capture

// arena hands out pieces of memory that stay where they are, and takes them all
// back at once: a capture in its steady state allocates nothing.
type arena[T any] struct {
	blocks   [][]T
	at, used int // the block in use, and what of it is given away
}

const (
	firstBlock = 16    // elements, at least
	largeBlock = 4096  // blocks do not double beyond
	keptBlocks = 65536 // elements that are kept for the next call
)

// take returns n elements, whose contents are left over from before.
func (ar *arena[T]) take(n int) []T {
	for ; ar.at < len(ar.blocks); ar.at, ar.used = ar.at+1, 0 {
		if b := ar.blocks[ar.at]; n <= len(b)-ar.used {
			lo := ar.used
			ar.used += n
			return b[lo:ar.used:ar.used]
		}
	}
	size := firstBlock
	if last := len(ar.blocks) - 1; last >= 0 {
		size = min(2*len(ar.blocks[last]), largeBlock)
	}
	ar.blocks = append(ar.blocks, make([]T, max(size, n)))
	ar.used = n
	return ar.blocks[ar.at][:n:n]
}

// reset takes everything back. After a call that needed very much, memory is
// given up.
func (ar *arena[T]) reset() {
	if ar.at > 0 {
		total := 0
		for i, b := range ar.blocks {
			if total += len(b); total > keptBlocks {
				clear(ar.blocks[i:])
				ar.blocks = ar.blocks[:i]
				break
			}
		}
	}
	ar.at, ar.used = 0, 0
}
