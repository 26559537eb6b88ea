package display

import "sonde/prototype"

// strace shows what poll(2) and select(2) have made of their arguments behind the
// result: = 1 ([{fd=3, revents=POLLIN}], left {tv_sec=0, tv_nsec=5}). Of each
// struct pollfd one half is asked and the other answered.

// half is which fields of a struct pollfd are shown.
type half uint8

const (
	bothHalves half = iota
	asked
	answered
)

// other is the field that a half leaves out.
var other = [...]string{bothHalves: "", asked: "revents", answered: "events"}

// isAside tells of an argument whose outcome stands behind the result.
func isAside(v *prototype.Value) bool {
	return v.Type != nil && v.Type.Kind == prototype.Pointer && v.Type.Lens == prototype.Aside
}

// before appends an argument as it was at the call.
func (p *straceValues) before(b []byte, v *prototype.Value) []byte {
	if v.Was != nil {
		v = v.Was
	}
	p.half = asked
	b = p.now(b, v, 0)
	p.half = bothHalves
	return b
}

// asides appends, behind a result, what the call has made of the arguments that are
// aside; nothing of those that say nothing. A call that ends with none of what
// it waits for has run out of time.
func (p *straceValues) asides(b []byte, result *prototype.Value, rest []prototype.Value) []byte {
	from, any := len(b), false
	for i := range rest {
		v := &rest[i]
		if !isAside(v) {
			continue
		}
		any = true
		if len(v.Elems) == 0 || v.State != prototype.Captured || !p.answers(&v.Elems[0]) {
			continue
		}
		if len(b) == from {
			b = append(b, " ("...)
		} else {
			b = append(b, ", "...)
		}
		if v.Type.Unit != "" {
			b = append(appendName(b, v.Type.Unit, false), ' ')
		}
		p.half = answered
		b = p.pointer(b, v, 0)
		p.half = bothHalves
	}
	switch {
	case any && result.Word == 0:
		return append(b[:from], " (Timeout)"...)
	case len(b) > from:
		return append(b, ')')
	}
	return b
}

// answers tells whether an outcome says anything: bits that are set, events that
// have come, or a struct.
func (p *straceValues) answers(v *prototype.Value) bool {
	if v.Type == nil || v.Type.Kind != prototype.Array {
		return true
	}
	for i := range v.Elems {
		e := &v.Elems[i]
		if v.Type.Lens == prototype.Bitvec {
			if e.Word != 0 {
				return true
			}
		} else if !silent(e) {
			return true
		}
	}
	return false
}

// silent tells of a struct pollfd for which no event has come.
func silent(v *prototype.Value) bool {
	for i := range v.Elems {
		if f := &v.Elems[i]; f.Name == other[asked] {
			return f.State == prototype.Captured && f.Word == 0
		}
	}
	return false
}

// skipped tells of an element that an answer leaves out.
func (p *straceValues) skipped(v *prototype.Value) bool {
	return hidden(v) || p.half == answered && silent(v)
}

// halved tells of a field that is not in the half that is shown.
func (p *straceValues) halved(f *prototype.Value) bool {
	return p.half != bothHalves && f.Name == other[p.half]
}
