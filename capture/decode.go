package capture

import (
	"encoding/binary"

	"sonde/prototype"
	"sonde/sysdeps"
)

// maxNesting bounds structs within structs, and choices within.
const maxNesting = 32

// decode makes a value of the bytes p at an address (0: of registers), and asks
// for what it points to. in is the struct around it.
func (r *Reader) decode(v *prototype.Value, t *prototype.Type, p []byte, a sysdeps.Addr, in, depth int) {
	t, _ = r.resolve(t, prototype.In, in)
	v.Type = t
	if depth > maxNesting {
		v.State = prototype.TooDeep
		return
	}
	if t == nil {
		if r.load(v, r.plan.word, p, a) {
			v.Type = nil
			r.guess(v)
		}
		return
	}
	switch t.Kind {
	case prototype.Void:
		v.State = prototype.NotFollowed
	case prototype.Struct, prototype.Union:
		r.fields(v, t, p, a, in, depth)
	case prototype.Array:
		r.inPlace(v, t, p, a, in, depth)
	case prototype.Complex, prototype.Vector:
		r.lanes(v, t, p, a, in, depth)
	default:
		if r.load(v, t, p, a) {
			r.follow(v, t, in)
		}
	}
}

// load makes a value of one word or number, without following it. It reports
// false where its bytes are not there.
func (r *Reader) load(v *prototype.Value, t *prototype.Type, p []byte, a sysdeps.Addr) bool {
	v.Type = t
	size := t.SizeOf(r.plan.model)
	if t.Kind == prototype.Float && t.Size == prototype.LongDouble {
		size = prototype.LongDouble
	}
	if t.Kind == prototype.Choice { // of words: as long as one, until it is resolved
		size = r.plan.model.Word
	}
	if len(p) < size {
		v.State, v.Word = prototype.Unreadable, uint64(a)
		return false
	}
	v.Size = uint8(size)
	v.Word = number(p[:min(size, 8)])
	if size > 8 {
		v.High = number(p[8:min(size, 16)])
	}
	return true
}

// number reads a little-endian number of up to eight bytes.
func number(p []byte) uint64 {
	switch len(p) {
	case 8:
		return binary.LittleEndian.Uint64(p)
	case 4:
		return uint64(binary.LittleEndian.Uint32(p))
	}
	var w uint64
	for i := len(p) - 1; i >= 0; i-- {
		w = w<<8 | uint64(p[i])
	}
	return w
}

// fields decodes a struct: first its own numbers and pointers, by which lengths
// and choices go, then what they lead to.
func (r *Reader) fields(v *prototype.Value, t *prototype.Type, p []byte, a sysdeps.Addr, in, depth int) {
	v.Elems = r.values(len(t.Fields))
	if v.Elems == nil {
		v.State = prototype.TooDeep
		return
	}
	l := t.Layout(r.plan.model)
	me := len(r.frames)
	r.frames = append(r.frames, frame{parent: in, t: t, a: a, p: p, elems: v.Elems})
	part := !r.returned && hasInOut(t)
	for i := range t.Fields {
		f, e, slot := &t.Fields[i], &v.Elems[i], &l.Fields[i]
		e.Name, e.Type = f.Name, f.Type
		switch {
		case part && !f.InOut:
			e.State = prototype.Later
		case slot.Bits > 0:
			r.loadBits(e, slot, from(p, slot.Offset), at(a, slot.Offset))
		case f.Type.Kind == prototype.Int, f.Type.Kind == prototype.Float, f.Type.Kind == prototype.Pointer:
			r.load(e, f.Type, from(p, slot.Offset), at(a, slot.Offset))
		case f.Type.Kind == prototype.Choice:
			r.loadChoice(e, from(p, slot.Offset))
		}
	}
	for i := range t.Fields {
		e, slot := &v.Elems[i], &l.Fields[i]
		switch {
		case e.State != prototype.Captured || e.Type.Kind == prototype.Float:
		case t.Lens == prototype.Interface && i == 0: // by which the next one goes
		case t.Kind == prototype.Union && i > 0 && e.Type.Kind == prototype.Pointer:
			e.State = prototype.NotFollowed // it may be something else
		case t.Lens == prototype.Interface && i == 1 && e.Type.Kind == prototype.Pointer:
			r.followHeld(&v.Elems[0], e, me)
		case e.Type.Kind == prototype.Pointer, e.Type.Kind == prototype.Int:
			r.follow(e, e.Type, me)
		case e.Type.Kind == prototype.Choice:
			t, _ := r.resolve(e.Type, prototype.In, me)
			*e = prototype.Value{Name: e.Name}
			r.decode(e, t, from(p, slot.Offset), at(a, slot.Offset), me, depth+1)
		default:
			r.decode(e, e.Type, from(p, slot.Offset), at(a, slot.Offset), me, depth+1)
		}
	}
}

// hasInOut tells of structs of which some fields are changed by the function.
func hasInOut(t *prototype.Type) bool {
	for i := range t.Fields {
		if t.Fields[i].InOut {
			return true
		}
	}
	return false
}

// loadChoice makes a number of a field that is one whatever is chosen: choices
// may go by it, that of its own type among them.
func (r *Reader) loadChoice(v *prototype.Value, p []byte) {
	if size := v.Type.SizeOf(r.plan.model); 0 < size && size <= 8 && size <= len(p) {
		v.Size, v.Word = uint8(size), number(p[:size])
	}
}

// from returns p behind an offset.
func from(p []byte, offset int) []byte {
	if offset < 0 || offset > len(p) {
		return nil
	}
	return p[offset:]
}

// at returns the address of a part; of what is in registers there is none.
func at(a sysdeps.Addr, offset int) sysdeps.Addr {
	if a == 0 {
		return 0
	}
	return a + sysdeps.Addr(offset)
}

// loadBits makes a value of a bit-field.
func (r *Reader) loadBits(v *prototype.Value, slot *prototype.Slot, p []byte, a sysdeps.Addr) {
	t, first := v.Type, slot.BitOffset/8
	shift, bytes := slot.BitOffset%8, (slot.BitOffset%8+slot.Bits+7)/8
	if p = from(p, first); slot.Bits > 64 || slot.BitOffset < 0 || len(p) < bytes {
		v.State, v.Word = prototype.Unreadable, uint64(a)
		return
	}
	w := number(p[:min(bytes, 8)]) >> shift
	if bytes > 8 { // in a packed struct it may begin anywhere
		w |= uint64(p[8]) << (64 - shift)
	}
	if slot.Bits < 64 {
		w &= 1<<slot.Bits - 1
		if t.Kind == prototype.Int && !t.Unsigned && t.Lens != prototype.Boolean && w>>(slot.Bits-1) != 0 {
			w |= ^uint64(0) << slot.Bits
		}
	}
	v.Size = uint8(t.SizeOf(r.plan.model))
	if v.Size < 8 {
		w &= 1<<(8*v.Size) - 1
	}
	v.Word = w
}

// lanes decodes the parts of a Complex or a Vector.
func (r *Reader) lanes(v *prototype.Value, t *prototype.Type, p []byte, a sysdeps.Addr, in, depth int) {
	n, size := 2, t.Elem.SizeOf(r.plan.model)
	if t.Kind == prototype.Vector && size > 0 {
		n = min(t.Size/size, maxLanes)
	}
	if v.Elems = r.values(n); v.Elems == nil {
		v.State = prototype.TooDeep
		return
	}
	if len(p) < n*size {
		v.State, v.Word, v.Elems = prototype.Unreadable, uint64(a), nil
		return
	}
	for i := range v.Elems {
		r.decode(&v.Elems[i], t.Elem, p[i*size:], at(a, i*size), in, depth+1)
	}
}

// maxLanes are the bytes of the largest vector register.
const maxLanes = 64
