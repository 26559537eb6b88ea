package capture

import (
	"sonde/prototype"
	"sonde/sysdeps"
)

// pointed is an integer that a pointer argument leads to.
type pointed struct {
	arg int // counted from 1
	v   int64
	ok  bool
}

// askPointed asks for the integers that pointer arguments lead to and lengths go
// by: of those in memory, or of the others.
func (r *Reader) askPointed(inMemory bool) (asked bool) {
	for _, n := range r.plan.pointed {
		if n < 1 || n > len(r.args) || r.plan.args[n-1].inMemory != inMemory {
			continue
		}
		asked = r.askInteger(n) || asked
	}
	return asked
}

func (r *Reader) askInteger(n int) bool {
	v := &r.args[n-1]
	t, _ := r.resolve(v.Type, prototype.In, noFrame)
	if t == nil || t.Kind != prototype.Pointer || t.Elem == nil || t.Elem.Kind != prototype.Int || v.Word == 0 {
		return false
	}
	size := t.Elem.SizeOf(r.plan.model)
	return r.ask(piece{job: jobPointed, t: t.Elem, a: sysdeps.Addr(v.Word), buf: r.bytes(size), n: int64(n), frame: noFrame})
}

// pointedAt notes an integer that a pointer leads to.
func (r *Reader) pointedAt(p *piece) {
	var v prototype.Value
	if r.load(&v, p.t, p.buf, p.a) {
		n, ok := integer(&v)
		r.pointed = append(r.pointed, pointed{arg: int(p.n), v: n, ok: ok})
	}
}
