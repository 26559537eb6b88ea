package variables

import (
	"sonde/prototype"
	"sonde/prototype/dwarf"
)

// maxLength is more elements than any array has on a stack.
const maxLength = 1 << 40

// bounded returns the type of a variable with the length that it has in this frame, where
// the program computes it.
func (r *Reader) bounded(t *terms, v *dwarf.Variable) *prototype.Type {
	if v.Bound == nil || v.Type.Kind != prototype.Array || v.Type.Len != nil || v.Type.Zero {
		return v.Type
	}
	n, err := r.count(t, v.Bound)
	if err != nil || n < 0 || n > maxLength {
		return v.Type
	}
	return &prototype.Type{Kind: prototype.Array, Elem: v.Type.Elem, Len: &prototype.Expr{N: n}}
}

func (r *Reader) count(t *terms, b *dwarf.Bound) (int64, error) {
	at := t.variable(b.Expression)
	var n int64
	if b.Size == 0 {
		v, err := r.walker.Compute(at)
		if err != nil {
			return 0, err
		}
		n = int64(v)
	} else {
		pieces, err := r.walker.Locate(at)
		if err != nil {
			return 0, err
		}
		p, err := r.contents(pieces, b.Size)
		if err != nil {
			return 0, err
		}
		for i := range min(len(p), 8) {
			n |= int64(p[i]) << (8 * i)
		}
	}
	if b.Upper {
		n++
	}
	return n, nil
}
