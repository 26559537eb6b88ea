package elfsym

import (
	"fmt"
	"io"
)

// Growing is a section of debugging information whose bytes are there as far as they
// have been asked for: to decompress all of a C library's takes longer than all else
// that is done for the names of a stack. It belongs to one goroutine, as long as the
// DebugInfo is open.
type Growing struct {
	P []byte // all of the section; what Grow has not been asked for reads as 0

	r    io.Reader
	have int
	err  error
	what string
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
		d.mu.Lock()
		r, size, err := d.decompressLimited(sh)
		usual := err == nil && size/usualRatio <= sh.size
		if usual {
			d.left -= size
		}
		d.mu.Unlock()
		if usual {
			return &Growing{P: make([]byte, size), r: r, what: sh.name + " of " + d.Path}, nil
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
	n, err := io.ReadFull(g.r, g.P[g.have:end])
	g.have += n
	if err != nil {
		g.err = fmt.Errorf("read %s: %w", g.what, err)
	}
	return g.err
}
