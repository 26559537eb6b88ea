package elfsym

import (
	"fmt"
	"io"
	"syscall"
)

// Growing is a section of debugging information whose bytes are there as far as they
// have been asked for: to decompress all of a C library's takes longer than all else
// that is done for the names of a stack. It belongs to one goroutine, as long as the
// DebugInfo is open.
type Growing struct {
	P []byte // all of the section; what Grow has not been asked for reads as 0

	d    *DebugInfo // whose budget it takes from
	r    io.Reader
	have int
	err  error
	what string
}

// maxGrowing caps a section of which a part may be asked for.
const maxGrowing = 1<<31 - 1

// room maps memory that takes none before it is written to.
func (d *DebugInfo) room(size uint64) ([]byte, error) {
	if size == 0 {
		return nil, nil
	}
	p, err := syscall.Mmap(-1, 0, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("%d bytes: %w", size, err)
	}
	d.mu.Lock()
	d.grown = append(d.grown, p)
	d.mu.Unlock()
	return p, nil
}

// growth is how many bytes are decompressed at once, at least.
const growth = 1 << 16

// Growing returns the sections .debug_NAME as Sections does, of which those that are
// compressed are empty yet.
func (d *DebugInfo) Growing(name string) ([]*Growing, error) {
	var out []*Growing
	for i := range d.sections {
		sh := &d.sections[i]
		if !sh.holdsDebug(name) {
			continue
		}
		g, err := d.growing(i, sh)
		if err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", sh.name, d.Path, err)
		}
		out = append(out, g)
	}
	return out, nil
}

func (d *DebugInfo) growing(i int, sh *namedSection) (*Growing, error) {
	if sh.compressed() {
		r, size, err := d.decompress(sh)
		if err == nil && size/usualRatio <= sh.size && size <= maxGrowing {
			p, err := d.room(size)
			return &Growing{P: p, d: d, r: r, what: sh.name + " of " + d.Path}, err
		}
	}
	p, err := d.contents(i, sh)
	return &Growing{P: p, have: len(p)}, err
}

// Grow makes the bytes below an offset good. One beyond the end is taken for the end.
func (g *Growing) Grow(to uint64) error {
	if to <= uint64(g.have) || g.have == len(g.P) || g.err != nil {
		return g.err
	}
	end := int(min(max(to, uint64(g.have)+growth), uint64(len(g.P))))
	if g.d != nil {
		if err := g.d.take(uint64(end - g.have)); err != nil {
			g.err = fmt.Errorf("read %s: %w", g.what, err)
			return g.err
		}
	}
	n, err := io.ReadFull(g.r, g.P[g.have:end])
	g.have += n
	if err != nil {
		g.err = fmt.Errorf("read %s: %w", g.what, err)
	}
	return g.err
}
