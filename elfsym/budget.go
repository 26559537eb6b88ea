package elfsym

import (
	"fmt"
	"sync/atomic"
)

// budget bounds the bytes that are made of compressed ones. It may be used by any number
// of goroutines.
type budget struct {
	limit uint64
	used  atomic.Uint64
}

// maxInflated caps the sections of debugging information that have been decompressed and
// are in use, of all files together: what expands to gigabytes may stand in each library
// of a process. All of a large web browser's engine, of which lines need a part, has a
// gigabyte.
const maxInflated = 512 << 20

// inflation is the budget of all files.
var inflation = &budget{limit: maxInflated}

// take takes so many bytes off the budget.
func (b *budget) take(n uint64) error {
	for {
		used := b.used.Load()
		if n > b.limit-used {
			return fmt.Errorf("%d bytes, more than is left of the limit of %d", n, b.limit)
		}
		if b.used.CompareAndSwap(used, used+n) {
			return nil
		}
	}
}

// give gives so many bytes back.
func (b *budget) give(n uint64) { b.used.Add(-n) }
