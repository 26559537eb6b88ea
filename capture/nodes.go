package capture

import (
	"math"
	"slices"

	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// walk is an array whose elements are in nodes, while these are looked for: what is
// known of its beginning, in the order of the elements. What may be between two nodes
// is one subtree, of one element at least, so that nothing is asked for that has as
// many before it as are shown.
type walk struct {
	v         *prototype.Value
	t         *prototype.Type
	n         int64 // elements that there are; -1 where nobody counts
	in, depth int
	most      int // elements that are shown
	steps     []step
	waiting   int  // steps that have been asked for
	cut       bool // there are more behind
}

// step is a node, or what a subtree begins with.
type step struct {
	a, back sysdeps.Addr // where it is, and what it has to lead back to
	p       []byte       // nil: it is asked for, or could not be had
	state   prototype.State
	asked   bool
	known   bool
}

const (
	maxChain = 200 // nodes that are read one after the other for one list
	maxHops  = 256 // rounds of one call that read nothing but nodes
)

// walkNodes asks for the first node of what is shown as an array.
func (r *Reader) walkNodes(v *prototype.Value, t *prototype.Type, in int) {
	n, ok := int64(-1), true
	if t.Len != nil {
		n, ok = r.length(t, in)
	}
	first, known := r.eval(t.Nodes.First, in)
	if !ok || !known || in == noFrame || r.frames[in].a == 0 {
		v.State = prototype.NotFollowed
		return
	}
	head := r.head(t.Nodes, in)
	a := sysdeps.Addr(first)
	v.Count = uint64(max(n, 0))
	if n == 0 || a == 0 || a == head {
		v.More = n > 0
		return
	}
	v.More = true
	w := r.newWalk()
	if w.most = r.mostNodes(t, n); w.most == 0 {
		return
	}
	w.v, w.t, w.n, w.in = v, t, n, in
	w.steps = append(w.steps, step{a: a, back: head})
	r.askNode(w, 0)
	r.walked(w)
}

// mostNodes returns how many elements of n are looked for.
func (r *Reader) mostNodes(t *prototype.Type, n int64) int {
	most := int64(min(r.most(t, 1), r.budget.values))
	if n >= 0 {
		most = min(most, n)
	}
	if t.Nodes.Left == 0 {
		most = min(most, maxChain)
	}
	return int(most)
}

// head returns the address that stands before the first node and behind the last.
func (r *Reader) head(t *prototype.Nodes, in int) sysdeps.Addr {
	f := &r.frames[in]
	if l := f.t.Layout(r.plan.model); 0 < t.Head && t.Head <= len(l.Fields) {
		return f.a + sysdeps.Addr(l.Fields[t.Head-1].Offset)
	}
	return 0
}

// newWalk returns a walk that another has left its memory to.
func (r *Reader) newWalk() *walk {
	if r.walking == len(r.walks) {
		r.walks = append(r.walks, new(walk))
	}
	w := r.walks[r.walking]
	r.walking++
	*w = walk{steps: w.steps[:0]}
	return w
}

// askNode asks for the node that step i of a walk is at, if this round has room for
// it.
func (r *Reader) askNode(w *walk, i int) {
	s := &w.steps[i]
	size := w.t.Nodes.Node.SizeOf(r.plan.model)
	if 0 < size && size <= maxObject && len(r.next) < ptrace.MaxPieces && r.ask(piece{job: jobNode, walk: w, a: s.a, buf: r.bytes(size)}) {
		s.asked = true
		w.waiting++
	}
}

// askLeft asks for those that the last round had no room for.
func (r *Reader) askLeft(w *walk) {
	for i := range w.steps {
		if s := &w.steps[i]; !s.asked {
			if r.askNode(w, i); !s.asked {
				return
			}
		}
	}
}

// node takes a node, and asks for those that it leads to.
func (r *Reader) node(p *piece) {
	w := p.walk
	w.waiting--
	i := slices.IndexFunc(w.steps, func(s step) bool { return s.a == p.a && !s.known })
	if i >= 0 { // else enough has been found before it
		r.takeNode(w, i, p.buf)
	}
	r.walked(w)
}

func (r *Reader) takeNode(w *walk, i int, p []byte) {
	s, nodes := &w.steps[i], w.t.Nodes
	s.known = true
	size := nodes.Node.SizeOf(r.plan.model)
	if len(p) < size {
		s.state = prototype.Unreadable
		return
	}
	if nodes.Back > 0 && r.link(nodes, nodes.Back, p) != s.back {
		s.state = prototype.TooDeep // it is being changed, or is none
		return
	}
	s.p = p
	a, head := s.a, r.head(nodes, w.in)
	next := step{a: r.link(nodes, nodes.Next, p), back: a}
	if nodes.Left == 0 {
		if next.a != 0 && next.a != head {
			r.insertStep(w, i+1, next)
		}
		return
	}
	left := step{a: r.link(nodes, nodes.Left, p), back: a}
	if next.a != 0 && next.a != left.a {
		r.insertStep(w, i+1, next)
	}
	if left.a != 0 {
		r.insertStep(w, i, left)
	}
}

// link returns a pointer of a node.
func (r *Reader) link(t *prototype.Nodes, field int, p []byte) sysdeps.Addr {
	slot := &t.Node.Layout(r.plan.model).Fields[field-1]
	if slot.Size > 8 || len(p) < slot.Offset+slot.Size {
		return 0
	}
	return sysdeps.Addr(number(p[slot.Offset:][:slot.Size]))
}

// insertStep asks for a node if fewer than are shown are certain to be before it.
func (r *Reader) insertStep(w *walk, i int, s step) {
	if i >= w.most {
		w.cut = true
		return
	}
	w.steps = slices.Insert(w.steps, i, s)
	if len(w.steps) > w.most {
		w.steps, w.cut = w.steps[:w.most], true
	}
	r.askNode(w, i)
}

// walked makes values of what a walk has found, when there is no more to be found.
func (r *Reader) walked(w *walk) {
	if w.waiting == 0 {
		r.askLeft(w)
	}
	if w.waiting > 0 {
		return
	}
	v, nodes := w.v, w.t.Nodes
	if v.Elems = r.values(len(w.steps)); v.Elems == nil {
		return
	}
	v.More = w.cut || w.n > int64(len(w.steps))
	slot := nodes.Node.Layout(r.plan.model).Fields[nodes.Value-1]
	elem := nodes.Node.Fields[nodes.Value-1].Type
	for i := range w.steps {
		s, e := &w.steps[i], &v.Elems[i]
		if s.p == nil {
			e.Type, e.State = elem, s.state
			if !s.known {
				e.State = prototype.TooDeep
			}
			if s.state == prototype.Unreadable {
				e.Word = uint64(s.a)
			}
			continue
		}
		r.decode(e, elem, from(s.p, slot.Offset), at(s.a, slot.Offset), w.in, w.depth+1)
	}
}

// onlyNodes tells of a round that leads from nodes to nodes alone, and counts it.
func (r *Reader) onlyNodes() bool {
	for i := range r.next {
		if r.next[i].job != jobNode {
			return false
		}
	}
	r.hops++
	return r.hops <= maxHops
}

// askTable asks for where the blocks are in which the first elements of an array are.
func (r *Reader) askTable(v *prototype.Value, t *prototype.Type, in int) {
	n, ok := r.length(t, in)
	if !ok || n < 0 {
		v.State = prototype.NotFollowed
		return
	}
	v.Count, v.More = uint64(n), n > 0
	size := t.Elem.SizeOf(r.plan.model)
	most := int64(r.elements(n, size, t))
	table, known := r.eval(t.Blocks.Table, in)
	start, per, within := r.inBlocks(t, in)
	if most == 0 || !known || !within {
		return
	}
	blocks := int((start + most + per - 1) / per)
	r.ask(piece{job: jobTable, v: v, t: t, a: sysdeps.Addr(table), buf: r.bytes(blocks * r.plan.model.Word), n: n, frame: in})
}

// inBlocks returns where in the first block an array begins, and how many elements
// are in each.
func (r *Reader) inBlocks(t *prototype.Type, in int) (start, per int64, ok bool) {
	start, ok = r.eval(t.Blocks.Start, in)
	if !ok {
		return 0, 0, false
	}
	per, ok = r.eval(t.Blocks.Per, in)
	return start, per, ok && 0 <= start && start < per && per < math.MaxInt32
}

// table asks for the elements in each of the blocks.
func (r *Reader) table(p *piece) {
	v, word := p.v, r.plan.model.Word
	start, per, ok := r.inBlocks(p.t, p.frame)
	blocks := len(p.buf) / word
	if !ok || blocks == 0 {
		return
	}
	size := p.t.Elem.SizeOf(r.plan.model)
	most := min(int64(r.elements(p.n, size, p.t)), int64(blocks)*per-start, int64(r.budget.values))
	v.Elems = r.values(int(most))
	v.More = int64(len(v.Elems)) < p.n
	for i := 0; i < len(v.Elems); {
		at := start + int64(i)
		n := int(min(per-at%per, int64(len(v.Elems)-i)))
		a := sysdeps.Addr(number(p.buf[int(at/per)*word:][:word])) + sysdeps.Addr(at%per)*sysdeps.Addr(size)
		if !r.ask(piece{job: jobBlock, v: v, t: p.t, a: a, buf: r.bytes(n * size), n: int64(n), frame: p.frame, at: i}) {
			v.Elems, v.More = v.Elems[:i], true
			return
		}
		i += n
	}
}

// block decodes the elements of one block, and says of those that are not there
// where they should be.
func (r *Reader) block(p *piece) {
	size := p.t.Elem.SizeOf(r.plan.model)
	for i := range int(p.n) {
		e, here := &p.v.Elems[p.at+i], p.a+sysdeps.Addr(i*size)
		if len(p.buf) < (i+1)*size {
			e.Type, e.State, e.Word = p.t.Elem, prototype.Unreadable, uint64(here)
			continue
		}
		r.decode(e, p.t.Elem, p.buf[i*size:][:size], here, p.frame, 1)
	}
}
