package corefile

import (
	"io"
	"os"
	"sync"
	"sync/atomic"

	"sonde/sysdeps"
)

// Options are how a core file is written.
type Options struct {
	// Workers is the number of goroutines that copy memory; 2 where it is less.
	Workers int
	// Progress is told now and then, by any of them, how many bytes of memory
	// have been gone through, out of how many; nil for nobody.
	Progress func(done, total uint64)
}

// Report tells what became of the memory.
type Report struct {
	Size       uint64 // of the file, with its holes
	Copied     uint64 // bytes of memory that were not zero, in whole pages
	Unreadable uint64 // bytes that could not be read, and are zero in the file
	// Missing is the error of the first of those.
	Missing error
}

// chunkSize is how much memory a worker takes at a time: large enough that the
// system calls do not count, small enough for the buffers to stay in the cache.
const chunkSize = 1 << 20

// Create writes a core file at path, as WriteFile does. m is read from several
// goroutines.
func Create(path string, c *Contents, m sysdeps.Memory, o Options) (r Report, err error) {
	err = WriteFile(path, func(f *os.File) (err error) {
		r, err = Write(f, c, m, o)
		return err
	})
	return r, err
}

// Write writes a core file into an empty file, leaving holes where memory is zero.
func Write(f *os.File, c *Contents, m sysdeps.Memory, o Options) (Report, error) {
	p := makePlan(c)
	cp := newCopier(c, p, m, o)
	if _, err := f.WriteAt(p.head, 0); err != nil {
		return Report{}, err
	}
	var failed errorOnce
	var wg sync.WaitGroup
	for range max(o.Workers, 2) {
		wg.Go(func() {
			buf := make([]byte, chunkSize)
			for {
				ch, ok := cp.next()
				if !ok || failed.get() != nil {
					return
				}
				if err := cp.store(f, ch, buf); err != nil {
					failed.set(err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.get(); err != nil {
		return cp.report(), err
	}
	if _, err := f.WriteAt(p.tail, int64(p.end)); err != nil {
		return cp.report(), err
	}
	return cp.report(), f.Truncate(int64(p.size()))
}

// Stream writes a core file to where nothing can be left out or come later: a pipe,
// or a compressor. Memory is read ahead by the workers.
func Stream(w io.Writer, c *Contents, m sysdeps.Memory, o Options) (Report, error) {
	p := makePlan(c)
	cp := newCopier(c, p, m, o)
	out := &counter{w: w}
	if _, err := out.Write(p.head); err != nil {
		return Report{}, err
	}
	ahead := make(chan (<-chan piece), max(o.Workers, 2))
	stop := make(chan struct{})
	go cp.readAhead(ahead, stop)
	var err error
	for ch := range ahead {
		pc := <-ch
		if err == nil {
			if err = pc.err; err == nil {
				err = out.zeros(pc.off)
			}
			if err == nil {
				_, err = out.Write(pc.p)
			}
			if err != nil {
				close(stop)
			}
		}
		cp.buffers.Put(&pc.buf)
	}
	if err == nil {
		err = out.zeros(p.end)
	}
	if err == nil {
		_, err = out.Write(p.tail)
	}
	return cp.report(), err
}

// errorOnce keeps the first error of several goroutines.
type errorOnce struct {
	mu  sync.Mutex
	err error
}

func (e *errorOnce) set(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = err
	}
}

func (e *errorOnce) get() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// counter knows how much has been written, and fills up with zeros.
type counter struct {
	w io.Writer
	n uint64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += uint64(n)
	return n, err
}

var zeroPages [64 << 10]byte

// zeros writes zeros up to an offset.
func (c *counter) zeros(off uint64) error {
	for c.n < off {
		if _, err := c.Write(zeroPages[:min(off-c.n, uint64(len(zeroPages)))]); err != nil {
			return err
		}
	}
	return nil
}

// progress counts what the workers have done.
type progress struct {
	done, copied, unreadable atomic.Uint64
	missing                  errorOnce
}
