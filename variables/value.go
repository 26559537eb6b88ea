package variables

import (
	"errors"

	"sonde/capture"
	"sonde/prototype"
	"sonde/prototype/dwarf"
	"sonde/sysdeps"
	"sonde/unwind"
)

// value returns what a variable holds, or why that is not known.
func (r *Reader) value(t *terms, v *dwarf.Variable) (value, absent string) {
	if t.frame >= r.sure {
		return "", "the frame is a guess"
	}
	at := capture.Variable{Name: v.Name, Type: r.bounded(t, v)}
	var err error
	switch {
	case v.Value != nil:
		at.Bytes, err = exactly(v.Value, v.Size)
	case v.Location == nil:
		err = unwind.OptimizedOut
	default:
		var pieces []unwind.Piece
		if pieces, err = r.walker.Locate(t.variable(v.Location)); err == nil {
			at.Addr, at.Bytes, err = r.assemble(pieces, v.Size)
		}
	}
	if err != nil {
		return "", err.Error()
	}
	return r.show(t, &at)
}

// exactly returns the bytes of a value, which may be the lower ones of a register.
func exactly(p []byte, size int) ([]byte, error) {
	if size <= 0 || len(p) < size {
		return nil, unwind.Uncomputed
	}
	return p[:size], nil
}

// maxAssembled caps a value that is in several pieces, in bytes.
const maxAssembled = 1 << 16

// assemble puts the pieces of a variable together. One that lies in memory as a whole is
// at the address.
func (r *Reader) assemble(pieces []unwind.Piece, size int) (addr sysdeps.Addr, p []byte, err error) {
	if len(pieces) == 1 && pieces[0].Size == 0 && pieces[0].Bytes == nil {
		return pieces[0].Addr, nil, nil
	}
	p, err = r.contents(pieces, size)
	return 0, p, err
}

// contents returns the bytes of a variable of so many, wherever it is.
func (r *Reader) contents(pieces []unwind.Piece, size int) (p []byte, err error) {
	for i := range pieces {
		piece := &pieces[i]
		part, n := piece.Bytes, piece.Size
		if n == 0 {
			n = size
		}
		if n > maxAssembled-len(p) {
			return nil, unwind.Uncomputed
		}
		if part == nil {
			part = make([]byte, n)
			if got, err := r.thread.Memory.ReadMemory(part, piece.Addr); got < n {
				if errors.Is(err, sysdeps.ErrNotCopied) {
					return nil, sysdeps.ErrNotCopied
				}
				return nil, unwind.Unread
			}
		}
		if part, err = exactly(part, n); err != nil {
			return nil, err
		}
		p = append(p, part...)
	}
	return exactly(p, size)
}

// show captures a value and writes it.
func (r *Reader) show(t *terms, v *capture.Variable) (value, absent string) {
	key := planKey{r.thread.Regs.Arch, t.Convention}
	plan := r.plans[key]
	if plan == nil {
		plan = capture.Variables(key.arch, key.convention)
		r.plans[key] = plan
	}
	got := r.capture.Variable(&r.thread, plan, v)
	r.markNotCopied(&got, 0)
	switch {
	case v.Bytes == nil && got.State == prototype.NotCopied:
		return "", "not copied: at " + v.Addr.String()
	case v.Bytes == nil && got.State == prototype.Unreadable && got.Word == uint64(v.Addr):
		return "", "not readable: at " + v.Addr.String()
	case got.Type != nil && got.Type.Kind == prototype.Array && got.State == prototype.NotFollowed:
		return "", "of unknown length"
	}
	return string(r.values.Append(nil, &got)), ""
}

// maxNesting is how deep values are looked at; capture does not go as far.
const maxNesting = 100

// markNotCopied tells what cannot be read from what was not copied while it could be.
func (r *Reader) markNotCopied(v *prototype.Value, depth int) {
	if v.State == prototype.Unreadable && v.Word != 0 {
		var b [1]byte
		if _, err := r.thread.Memory.ReadMemory(b[:], sysdeps.Addr(v.Word)); errors.Is(err, sysdeps.ErrNotCopied) && r.isMapped(v.Word) {
			v.State = prototype.NotCopied
		}
	}
	if depth < maxNesting {
		for i := range v.Elems {
			r.markNotCopied(&v.Elems[i], depth+1)
		}
	}
}

// isMapped tells whether there is memory at an address.
func (r *Reader) isMapped(a uint64) bool {
	info, ok := r.thread.Info.(*informed)
	return ok && info.images.Mapping(sysdeps.Addr(a)) != nil
}
