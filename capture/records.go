package capture

import (
	"sonde/prototype"
	"sonde/sysdeps"
)

// maxRecords is how many bytes are read of an array whose elements tell their own
// lengths: what C libraries read of a directory at once.
const maxRecords = 32 << 10

// records decodes an array of n bytes of which p is there. What claims to be shorter
// than the field with its length ends it, and what claims to be longer than what is
// left has no more than that.
func (r *Reader) records(v *prototype.Value, t *prototype.Type, p []byte, a sysdeps.Addr, n int64, in, depth int) {
	v.More = int64(len(p)) < n
	p = p[:min(int64(len(p)), max(n, 0))]
	count := 0
	for rest := p; ; count++ {
		step := r.stepOf(t, rest)
		if step == 0 {
			break
		}
		rest = rest[step:]
	}
	v.Count = uint64(count)
	shown := min(count, r.most(t, 1))
	v.More = v.More || shown < count
	if v.Elems = r.values(shown); v.Elems == nil && shown > 0 {
		v.State = prototype.TooDeep
		return
	}
	at, begin := a, p
	for i := range v.Elems {
		step := r.stepOf(t, begin)
		r.decode(&v.Elems[i], t.Elem, begin[:step], at, in, depth+1)
		if at != 0 {
			at += sysdeps.Addr(step)
		}
		begin = begin[step:]
	}
}

// stepOf returns how many bytes the first element of p takes, with what aligns the
// next one: 0 where there is none.
func (r *Reader) stepOf(t *prototype.Type, p []byte) int {
	slot := t.Elem.Layout(r.plan.model).Fields[t.Step-1]
	end := slot.Offset + slot.Size
	if len(p) < end || slot.Size > 8 {
		return 0
	}
	size := number(p[slot.Offset:end])
	if size < uint64(end) {
		return 0
	}
	align := uint64(t.Elem.AlignOf(r.plan.model))
	if size > uint64(len(p)) {
		return len(p)
	}
	return int(min((size+align-1)/align*align, uint64(len(p))))
}
