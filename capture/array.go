package capture

import (
	"math"
	"math/bits"

	"sonde/prototype"
	"sonde/sysdeps"
)

// length returns how many elements an array has, at most where Zero ends it
// sooner: -1 where nothing bounds it. ok is false where that cannot be known.
func (r *Reader) length(t *prototype.Type, in int) (n int64, ok bool) {
	if t.Len == nil {
		return -1, t.Zero
	}
	n, ok = r.eval(t.Len, in)
	return n, ok && n >= 0
}

// isCharacters tells of arrays that are shown as text.
func isCharacters(t *prototype.Type) bool {
	return t.Lens == prototype.Text || t.Elem != nil && t.Elem.Kind == prototype.Int && t.Elem.Lens == prototype.Char
}

// followArray asks for the array that a pointer leads to.
func (r *Reader) followArray(v *prototype.Value, t *prototype.Type, a sysdeps.Addr, in int) {
	elems := r.values(1)
	if elems == nil {
		v.State = prototype.TooDeep
		return
	}
	v.Elems = elems
	elems[0].Type = t
	if isCharacters(t) {
		r.askText(&elems[0], v, t, a, in)
	} else {
		r.askArray(&elems[0], v, t, a, in)
	}
}

// askArray asks for as many elements as are shown. ptr leads there; nil for an
// array that is part of a struct.
func (r *Reader) askArray(v, ptr *prototype.Value, t *prototype.Type, a sysdeps.Addr, in int) {
	n, ok := r.length(t, in)
	if !ok {
		giveUp(v, ptr, prototype.NotFollowed)
		return
	}
	if v.Count = uint64(max(n, 0)); n == 0 {
		return
	}
	elem, _ := r.resolve(t.Elem, prototype.In, in)
	size := 0
	if elem != nil {
		size = elem.SizeOf(r.plan.model)
	}
	want := r.elements(n, size, t)
	if t.Step > 0 { // n are bytes
		want, size = int(min(n, maxRecords)), 1
	}
	if t.Packed {
		want, size = (want+7)/8, 1
	}
	if want == 0 { // of unknown size: counted alone
		v.More = true
		return
	}
	if !r.ask(piece{job: jobArray, v: v, ptr: ptr, t: t, a: a, buf: r.bytes(want * size), n: n, frame: in}) {
		giveUp(v, ptr, prototype.TooDeep)
	}
}

// giveUp leaves it at a pointer's address.
func giveUp(v, ptr *prototype.Value, why prototype.State) {
	if ptr == nil {
		v.State = why
		return
	}
	ptr.State, ptr.Elems = why, nil
}

// maxSet is how many bytes of a set of bits are shown: of all descriptors that
// select(2) knows, or all processors in a cpu_set_t.
const maxSet = 128

// maxCounted is how many elements are counted of an array that a zero ends: of an
// environment, say.
const maxCounted = 4096

// most returns how many elements of an array are shown. A set of bits is one value, and
// so is an address.
func (r *Reader) most(t *prototype.Type, size int) int {
	n := max(r.limits.Elements, 0)
	if r.plan.proto != nil && r.plan.proto.Convention == "syscall" { // strace goes by -s here, too
		n = max(r.limits.Strings, 0)
		if r.limits.Whole {
			n = max(n, maxWhole)
		}
	}
	switch t.Lens {
	case prototype.Bitvec:
		n = max(n, maxSet/max(size, 1))
	case prototype.LinkAddress:
		n = max(n, maxLinkAddress)
	}
	return n
}

// maxLinkAddress is how many bytes a hardware address has at most (MAX_ADDR_LEN,
// include/linux/netdevice.h).
const maxLinkAddress = 32

// maxWhole is how many elements are shown of an array that is to be shown whole.
const maxWhole = 512

// elements returns how many of n elements are read: one more than is shown where
// a zero may end them.
func (r *Reader) elements(n int64, size int, t *prototype.Type) int {
	if size <= 0 || size > maxObject {
		return 0
	}
	most := int64(r.most(t, size))
	if t.Zero {
		most++
		if t.Lens == prototype.Sized {
			most = max(most, maxCounted)
		}
	}
	if n < 0 {
		n = math.MaxInt64
	}
	return int(min(n, most, int64(maxObject/size)))
}

// array decodes the elements that have been read.
func (r *Reader) array(p *piece) {
	if len(p.buf) == 0 {
		p.unreadable()
		return
	}
	if p.t.Step > 0 {
		r.records(p.v, p.t, p.buf, p.a, p.n, p.frame, 0)
		return
	}
	if p.t.Packed {
		r.packed(p)
		return
	}
	r.elems(p.v, p.t, p.buf, p.a, p.n, p.frame, 0)
	if p.t.Lens == prototype.Bitvec && p.ptr != nil && p.ptr.Type != nil && p.ptr.Type.Lens == prototype.Aside {
		r.nameDescriptors(p.v)
	}
}

// nameDescriptors notes what those of a set of select(2) lead to.
func (r *Reader) nameDescriptors(v *prototype.Value) {
	if r.th.Info == nil || r.returned {
		return
	}
	unknown := 0 // before the first that is known
	var text []byte
	for i := range v.Elems {
		e := &v.Elems[i]
		width := 8 * int(e.Size)
		for word := e.Word; word != 0; word &= word - 1 {
			name := r.th.Info.Descriptor(int32(i*width + bits.TrailingZeros64(word)))
			switch {
			case text == nil && len(name) == 0:
				unknown++
				continue
			case text == nil:
				text = make([]byte, unknown, unknown+len(name)+1)
			}
			text = append(append(text, name...), 0)
		}
	}
	v.Text = copied(r, text)
}

// elems decodes those of n elements (-1: who knows how many) that p has and that
// are shown.
func (r *Reader) elems(v *prototype.Value, t *prototype.Type, p []byte, a sysdeps.Addr, n int64, in, depth int) {
	size := t.Elem.SizeOf(r.plan.model)
	if size == 0 { // a choice, or what has no size
		elem, _ := r.resolve(t.Elem, prototype.In, in)
		if elem == nil || elem.SizeOf(r.plan.model) == 0 {
			v.More = n != 0
			return
		}
		size = elem.SizeOf(r.plan.model)
	}
	have := len(p) / size
	ended := false
	if t.Zero {
		for i := range have {
			if isZero(p[i*size : (i+1)*size]) {
				have, ended = i, true
				break
			}
		}
	}
	if n >= 0 {
		have = int(min(int64(have), n))
	}
	shown := min(have, r.most(t, size), r.budget.values)
	v.More = shown < have || !ended && (n < 0 || int64(have) < n)
	v.Elems = r.values(shown)
	if ended {
		v.Count = uint64(have)
	}
	for i := range v.Elems {
		r.decode(&v.Elems[i], t.Elem, p[i*size:(i+1)*size], at(a, i*size), in, depth+1)
	}
}

// packed decodes elements of a bit each.
func (r *Reader) packed(p *piece) {
	shown := int(min(p.n, int64(len(p.buf)*8), int64(r.most(p.t, 1)), int64(r.budget.values)))
	p.v.More = int64(shown) < p.n
	p.v.Elems = r.values(shown)
	for i := range p.v.Elems {
		e := &p.v.Elems[i]
		e.Type, e.Size, e.Word = p.t.Elem, 1, uint64(p.buf[i/8]>>(i%8)&1)
	}
}

func isZero(p []byte) bool {
	for _, b := range p {
		if b != 0 {
			return false
		}
	}
	return true
}

// inPlace decodes an array that is part of a struct. One without a fixed length
// goes on behind what was read of that.
func (r *Reader) inPlace(v *prototype.Value, t *prototype.Type, p []byte, a sysdeps.Addr, in, depth int) {
	switch {
	case t.Nodes != nil:
		r.walkNodes(v, t, in)
		return
	case t.Blocks != nil:
		r.askTable(v, t, in)
		return
	case t.Groups != nil:
		r.walkGroups(v, t, in, depth)
		return
	}
	if t.SizeOf(r.plan.model) == 0 && (t.Len == nil || t.Len.Op != prototype.Const) {
		switch {
		case r.isHere(t, p, in):
			r.here(v, t, p, a, in, depth)
		case a == 0:
			v.State = prototype.NotFollowed
		case isCharacters(t):
			r.askText(v, nil, t, a, in)
		default:
			r.askArray(v, nil, t, a, in)
		}
		return
	}
	if size := t.SizeOf(r.plan.model); size <= len(p) {
		p = p[:size]
	}
	r.here(v, t, p, a, in, depth)
}

// isHere tells of an array of no fixed length that all of it has been read with what
// it is in, a record of an array, say.
func (r *Reader) isHere(t *prototype.Type, p []byte, in int) bool {
	n, ok := r.length(t, in)
	if t.Step > 0 { // what claims to be longer is not
		return ok && n > 0 && len(p) > 0
	}
	elem, _ := r.resolve(t.Elem, prototype.In, in)
	if elem == nil {
		return false
	}
	size := int64(elem.SizeOf(r.plan.model))
	return ok && n > 0 && size > 0 && n <= int64(len(p))/size
}

// here decodes an array whose bytes begin p.
func (r *Reader) here(v *prototype.Value, t *prototype.Type, p []byte, a sysdeps.Addr, in, depth int) {
	n, ok := r.length(t, in)
	if !ok {
		v.State = prototype.NotFollowed
		return
	}
	v.Count = uint64(max(n, 0))
	if len(p) == 0 && n > 0 {
		v.State, v.Word = prototype.Unreadable, uint64(a)
		return
	}
	switch {
	case isCharacters(t):
		r.setText(v, t, p, n)
	case t.Step > 0:
		r.records(v, t, p, a, n, in, depth)
	default:
		r.elems(v, t, p, a, n, in, depth)
	}
}
