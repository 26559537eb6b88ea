package capture

import (
	"sonde/prototype"
	"sonde/sysdeps"
)

// follow asks for what a pointer leads to, as far as its type says, and for what a number
// stands for.
func (r *Reader) follow(v *prototype.Value, t *prototype.Type, in int) {
	switch {
	case t.Kind == prototype.VaList:
		v.State = prototype.NotFollowed
		if r.plan.format.has && !r.returned {
			r.askList(v)
		}
	case t.Kind == prototype.Int:
		r.followInt(v, t)
	case t.Kind == prototype.Pointer && v.Word != 0:
		r.followPointer(v, t, in)
	case t.Kind == prototype.Pointer && t.Lens == prototype.Text && r.inBare(in):
		v.Text = noText
	}
}

// followInt asks for what a number stands for.
func (r *Reader) followInt(v *prototype.Value, t *prototype.Type) {
	switch {
	case t.Lens == prototype.Symbol && v.Word != 0:
		r.nameSymbol(v, sysdeps.Addr(v.Word))
	case t.Lens == prototype.Descriptor:
		r.nameDescriptor(v)
	case t.Lens == prototype.NetDevice && v.Word != 0 && r.th.Info != nil:
		v.Text = copied(r, r.th.Info.NetDevice(uint32(v.Word)))
	case t.Lens == prototype.Submitted:
		r.followSubmissions(v, t)
	}
}

func (r *Reader) followPointer(v *prototype.Value, t *prototype.Type, in int) {
	a := sysdeps.Addr(v.Word)
	switch t.Lens {
	case prototype.Address, prototype.Hide:
		return
	case prototype.Stream:
		if r.th.Info != nil {
			v.Text = copied(r, r.th.Info.Stream(a))
		}
		return
	case prototype.Symbol:
		r.nameSymbol(v, a)
		return
	case prototype.Thrown:
		r.followThrown(v)
		return
	}
	if t.Lens.Characters() {
		r.followText(v, t, in)
		return
	}
	elem, _ := r.resolve(t.Elem, prototype.In, in)
	if elem == nil {
		v.State = prototype.NotFollowed
		return
	}
	switch elem.Kind {
	case prototype.Void, prototype.VaList:
		v.State = prototype.NotFollowed
	case prototype.Array:
		r.followArray(v, elem, a, in)
	case prototype.Struct:
		if elem.Object {
			r.followPython(v, a, in)
			return
		}
		r.followObject(v, t, elem, a, in)
	default:
		r.followObject(v, t, elem, a, in)
	}
}

// nameSymbol notes what begins at an address.
func (r *Reader) nameSymbol(v *prototype.Value, a sysdeps.Addr) {
	if r.th.Info != nil {
		v.Text = copied(r, r.th.Info.Symbol(a))
	}
}

// sqeSize is the size of struct io_uring_sqe (linux/io_uring.h).
const sqeSize = 64

// followSubmissions takes what so many entries are of the ring that a call's first
// argument is.
func (r *Reader) followSubmissions(v *prototype.Value, t *prototype.Type) {
	if r.th.Info == nil || v.Word == 0 || len(r.args) == 0 {
		return
	}
	p := copied(r, r.th.Info.Submissions(int32(r.args[0].Word), uint32(v.Word)))
	elems := r.values(min(len(p)/sqeSize, r.most(t, sqeSize)))
	for i := range elems {
		r.decode(&elems[i], t.Elem, p[i*sqeSize:][:sqeSize], 0, noFrame, 0)
	}
	v.Elems, v.More = elems, len(elems) < len(p)/sqeSize
}

// nameDescriptor notes what a file descriptor leads to. A system call takes it from
// the lower half of the register.
func (r *Reader) nameDescriptor(v *prototype.Value) {
	if r.th.Info != nil {
		v.Text = copied(r, r.th.Info.Descriptor(int32(v.Word)))
	}
}

// inBare tells of a pointer inside what is shown as one value: the empty strings of
// Go and Rust need lead nowhere.
func (r *Reader) inBare(in int) bool { return in != noFrame && r.frames[in].t.Lens == prototype.Bare }

// copied keeps a name for as long as the values that it is in.
func copied[T string | []byte](r *Reader, s T) []byte {
	if len(s) == 0 {
		return nil
	}
	p := r.scratch.bytes.take(len(s))
	copy(p, s)
	return p
}

// followObject asks for a number, pointer or struct.
func (r *Reader) followObject(v *prototype.Value, t, elem *prototype.Type, a sysdeps.Addr, in int) {
	aggregate := elem.Kind == prototype.Struct || elem.Kind == prototype.Union
	if aggregate && !elem.Complete {
		v.State = prototype.NotFollowed
		return
	}
	if t.Into > 0 && aggregate {
		if l := elem.Layout(r.plan.model); t.Into <= len(l.Fields) {
			a -= sysdeps.Addr(l.Fields[t.Into-1].Offset)
		}
	}
	if aggregate {
		if up, ok := r.shown(elem, a, in); ok {
			v.State, v.Count = prototype.Recursive, uint64(up)
			return
		}
		if r.nested(elem, in) >= max(r.limits.Elements, 1) {
			v.State = prototype.TooDeep
			return
		}
	}
	size := elem.SizeOf(r.plan.model)
	if size == 0 || size > maxObject {
		v.State = prototype.NotFollowed
		return
	}
	r.askObject(v, elem, a, size, in)
}

func (r *Reader) askObject(v *prototype.Value, elem *prototype.Type, a sysdeps.Addr, size, in int) {
	elems := r.values(1)
	if elems == nil || !r.ask(piece{job: jobObject, v: &elems[0], ptr: v, t: elem, a: a, buf: r.bytes(size), frame: in}) {
		v.State = prototype.TooDeep
		return
	}
	v.Elems = elems
}

// object decodes what a pointer leads to.
func (r *Reader) object(p *piece) {
	if len(p.buf) == 0 {
		p.unreadable()
		return
	}
	r.decode(p.v, p.t, p.buf, p.a, p.frame, 0)
}

// unreadable tells of a pointer that leads nowhere.
func (p *piece) unreadable() {
	if p.ptr == nil {
		p.v.State, p.v.Word, p.v.Elems = prototype.Unreadable, uint64(p.a), nil
		return
	}
	p.ptr.State, p.ptr.Elems, p.ptr.Text = prototype.Unreadable, nil, nil
}

// shown tells whether a struct is one of those around, and how many levels up.
func (r *Reader) shown(t *prototype.Type, a sysdeps.Addr, in int) (up int, ok bool) {
	for ; in != noFrame; in = r.frames[in].parent {
		if f := &r.frames[in]; f.a == a && sameType(f.t, t) {
			return up, true
		}
		up++
	}
	return 0, false
}

// nested returns how many structs of a type are around.
func (r *Reader) nested(t *prototype.Type, in int) int {
	n := 0
	for ; in != noFrame; in = r.frames[in].parent {
		if sameType(r.frames[in].t, t) {
			n++
		}
	}
	return n
}

// sameType tells of two types that are one, which debugging information may
// have twice.
func sameType(a, b *prototype.Type) bool {
	return a == b || a.Name != "" && a.Name == b.Name && a.Kind == b.Kind
}
