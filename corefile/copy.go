package corefile

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"sonde/sysdeps"
)

// copier hands out the memory that goes into a core file in pieces, and reads it.
type copier struct {
	c     *Contents
	plan  *plan
	m     sysdeps.Memory
	o     Options
	total uint64
	progress
	buffers sync.Pool // *[]byte, for Stream

	mu    sync.Mutex
	seg   int          // the segment that comes next
	at    sysdeps.Addr // where in it, 0 for its start
	holes int          // of its holes, how many are behind
}

// chunk is memory that is next to be copied, and where its bytes go.
type chunk struct {
	addr sysdeps.Addr
	size int
	off  uint64
}

// piece is a chunk that has been read.
type piece struct {
	p   []byte
	buf []byte // what p is part of
	off uint64
	err error
}

func newCopier(c *Contents, p *plan, m sysdeps.Memory, o Options) *copier {
	cp := &copier{c: c, plan: p, m: m, o: o}
	cp.buffers.New = func() any {
		b := make([]byte, chunkSize)
		return &b
	}
	for i := range c.Segments {
		cp.total += c.Segments[i].Dumped
		for _, h := range c.Segments[i].Holes {
			cp.total -= uint64(h.Hi - h.Lo)
		}
	}
	return cp
}

// next takes the next chunk, in ascending order of offsets.
func (cp *copier) next() (chunk, bool) {
	cp.mu.Lock()
	defer cp.mu.Unlock()
	for ; cp.seg < len(cp.c.Segments); cp.seg, cp.at, cp.holes = cp.seg+1, 0, 0 {
		s := &cp.c.Segments[cp.seg]
		a := max(cp.at, s.Lo)
		for ; cp.holes < len(s.Holes) && s.Holes[cp.holes].Lo <= a; cp.holes++ {
			a = max(a, s.Holes[cp.holes].Hi)
		}
		done := uint64(a - s.Lo)
		if done >= s.Dumped {
			continue
		}
		size := min(s.Dumped-done, chunkSize-uint64(a)%chunkSize)
		if cp.holes < len(s.Holes) {
			size = min(size, uint64(s.Holes[cp.holes].Lo-a))
		}
		cp.at = a + sysdeps.Addr(size)
		return chunk{a, int(size), cp.plan.offs[cp.seg] + done}, true
	}
	return chunk{}, false
}

// read reads a chunk. Pages that cannot be read are zero: the kernel does not read
// its own special mappings either, and a program may give memory back at any time. But
// there is no core file of a process that has been killed meanwhile.
func (cp *copier) read(ch chunk, buf []byte) ([]byte, error) {
	p := buf[:ch.size]
	for n := 0; n < len(p); {
		got, err := cp.m.ReadMemory(p[n:], ch.addr+sysdeps.Addr(n))
		n += got
		if errors.Is(err, sysdeps.ErrGone) {
			return nil, err
		}
		if err != nil {
			bad := int((ch.addr + sysdeps.Addr(n)).PageDown() + sysdeps.PageSize - ch.addr)
			bad = min(bad, len(p))
			clear(p[n:bad])
			cp.unreadable.Add(uint64(bad - n))
			cp.missing.set(err)
			n = bad
		}
	}
	if done := cp.done.Add(uint64(ch.size)); cp.o.Progress != nil {
		cp.o.Progress(done, cp.total)
	}
	return p, nil
}

// store copies a chunk into the file, but not the pages that are zero.
func (cp *copier) store(w io.WriterAt, ch chunk, buf []byte) error {
	p, err := cp.read(ch, buf)
	if err != nil {
		return err
	}
	for n := 0; n < len(p); {
		if zero(p[n:min(n+sysdeps.PageSize, len(p))]) {
			n += sysdeps.PageSize
			continue
		}
		start := n
		for n < len(p) && !zero(p[n:min(n+sysdeps.PageSize, len(p))]) {
			n += sysdeps.PageSize
		}
		end := min(n, len(p))
		if _, err := w.WriteAt(p[start:end], int64(ch.off)+int64(start)); err != nil {
			return err
		}
		cp.copied.Add(uint64(end - start))
	}
	return nil
}

// zero tells whether a page, or part of one, is all zeros.
func zero(p []byte) bool { return bytes.Equal(p, zeroPages[:len(p)]) }

// readAhead sends the chunks in order, each by a channel of its own that its worker
// fills; the capacity of ahead bounds the workers.
func (cp *copier) readAhead(ahead chan<- (<-chan piece), stop <-chan struct{}) {
	defer close(ahead)
	for {
		select {
		case <-stop:
			return
		default:
		}
		ch, ok := cp.next()
		if !ok {
			return
		}
		done := make(chan piece, 1)
		ahead <- done
		go func() {
			buf := *cp.buffers.Get().(*[]byte)
			p, err := cp.read(ch, buf)
			cp.copied.Add(uint64(len(p)))
			done <- piece{p, buf, ch.off, err}
		}()
	}
}

func (cp *copier) report() Report {
	return Report{
		Size: cp.plan.size(), Copied: cp.copied.Load(),
		Unreadable: cp.unreadable.Load(), Missing: cp.missing.get(),
	}
}
