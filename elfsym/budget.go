package elfsym

import (
	"fmt"
	"sync/atomic"
)

// budget bounds what a kind of contents takes of memory, in bytes, in all files together.
// It may be used by any number of goroutines.
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

// maxListed caps the lists of functions with their names. All libraries of a desktop's
// session have some 300 MB.
const maxListed = 512 << 20

// listing is the budget of all files.
var listing = &budget{limit: maxListed}

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
