package capture

import (
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// startEarly takes the arguments that are in registers, and asks for what those
// of them lead to that go by no others.
func (r *Reader) startEarly() {
	if r.plan.golang != nil {
		r.startGo()
		return
	}
	for i := range r.plan.args {
		if a := &r.plan.args[i]; !a.inMemory {
			r.fetch(&r.args[i], a.name, a.t, &a.at)
		}
	}
	for i := range r.plan.args {
		if !r.plan.args[i].late {
			r.start(i)
		}
	}
	r.askPointed(false)
}

// startLate takes the others, when the first round has been read, and carries out
// the rounds that are left.
func (r *Reader) startLate() error {
	if r.plan.late {
		for i := range r.plan.args {
			if a := &r.plan.args[i]; a.inMemory {
				r.fetch(&r.args[i], a.name, a.t, &a.at)
			}
		}
		r.cutGuess()
		if r.askPointed(true) {
			if err := r.round(); err != nil {
				return err
			}
		}
		for i := range r.args {
			if r.plan.args[i].late {
				r.start(i)
			}
		}
	}
	if err := r.finish(); err != nil {
		return err
	}
	if r.formatted() {
		if err := r.finish(); err != nil {
			return err
		}
		r.cutFormatted()
	}
	for i := range r.args {
		r.postpone(&r.args[i], r.scratch.dirs[i])
	}
	return nil
}

// cutGuess leaves out what the stack is too short for, where it is not known how
// many arguments there are.
func (r *Reader) cutGuess() {
	if r.plan.proto != nil {
		return
	}
	for i := range r.args {
		if r.args[i].State == prototype.Unreadable {
			r.args = r.args[:i]
			r.scratch.args = r.args
			return
		}
	}
}

// start asks for what an argument leads to, unless the function is to put it
// there.
func (r *Reader) start(i int) {
	a, v := &r.plan.args[i], &r.args[i]
	dir := a.dir
	if a.t != nil && a.t.Kind == prototype.Choice {
		var t *prototype.Type
		t, dir = r.resolve(a.t, a.dir, noFrame)
		r.narrowTo(v, t)
	}
	r.scratch.dirs[i] = dir
	if v.State == prototype.Captured && (dir != prototype.Out || !isPointer(v.Type)) {
		r.expand(v, noFrame)
	}
}

// isPointer tells of what an out parameter is that the function puts something at.
func isPointer(t *prototype.Type) bool { return t == nil || t.Kind == prototype.Pointer }

// postpone marks an argument that is told at the return, if it is told at all. What
// an InOut one leads to at the call is kept with it.
func (r *Reader) postpone(v *prototype.Value, dir prototype.Dir) {
	if dir == prototype.In || v.Type != nil && v.Type.Lens == prototype.Hide {
		return
	}
	if dir == prototype.InOut {
		if was := r.values(1); was != nil {
			was[0] = *v
			v.Was = &was[0]
		}
	}
	v.State, r.postponed = prototype.Later, true
}

// narrowTo makes a word a value of a type that is known by now.
func (r *Reader) narrowTo(v *prototype.Value, t *prototype.Type) {
	v.Type = t
	if t == nil {
		return
	}
	if size := t.SizeOf(r.plan.model); size < int(v.Size) && size > 0 {
		v.Size = uint8(size)
		v.Word &= 1<<(8*size) - 1
	}
}

// expand asks for what a value leads to that has been fetched.
func (r *Reader) expand(v *prototype.Value, in int) {
	switch {
	case v.Type == nil:
		r.guess(v)
	case v.Type.Kind == prototype.Pointer, v.Type.Kind == prototype.Int, v.Type.Kind == prototype.VaList:
		r.follow(v, v.Type, in)
	}
}

// fetch makes a value of an argument or a result.
func (r *Reader) fetch(v *prototype.Value, name string, t *prototype.Type, at *abi.Location) {
	v.Name, v.Type = name, t
	size := r.plan.model.Word
	if t != nil && t.Kind != prototype.Choice {
		size = t.SizeOf(r.plan.model)
	}
	if len(at.Parts) == 1 && at.Parts[0].Where == abi.Integer && !at.Indirect && size <= r.plan.model.Word {
		v.Size, v.Word = uint8(size), r.th.Regs.Get(at.Parts[0].Reg)
		if size < 8 {
			v.Word &= 1<<(8*size) - 1
		}
		if t == nil || t.Kind == prototype.Int || t.Kind == prototype.Pointer || t.Kind == prototype.Choice || t.Kind == prototype.VaList {
			return
		}
	}
	r.fetchParts(v, t, at, size)
}

// fetchParts puts a value together from where its parts are.
func (r *Reader) fetchParts(v *prototype.Value, t *prototype.Type, at *abi.Location, size int) {
	if at.Indirect {
		if word := r.assemble(at, r.plan.model.Word); word != nil {
			r.fetchIndirect(v, t, sysdeps.Addr(number(word)), size)
			return
		}
	}
	if t != nil && t.Kind == prototype.Float && t.Size == prototype.LongDouble {
		size = prototype.LongDouble
	}
	p := r.assemble(at, size)
	if p == nil {
		r.missing(v, at)
		return
	}
	switch {
	case t == nil:
		v.Size, v.Word = uint8(size), number(p)
	case t.Kind == prototype.Int, t.Kind == prototype.Pointer, t.Kind == prototype.Float, t.Kind == prototype.Choice, t.Kind == prototype.VaList:
		r.load(v, t, p, 0)
	default:
		r.decode(v, t, p, 0, noFrame, 0)
	}
}

// missing tells of a value that cannot be had: by its address, if it has one.
func (r *Reader) missing(v *prototype.Value, at *abi.Location) {
	v.State, v.Word = prototype.NotFollowed, 0
	for i := range at.Parts {
		if a, ok := at.Parts[i].Address(r.slot); ok {
			v.State, v.Word = prototype.Unreadable, uint64(a)
			return
		}
	}
}

// fetchIndirect asks for a value that was passed by its address.
func (r *Reader) fetchIndirect(v *prototype.Value, t *prototype.Type, a sysdeps.Addr, size int) {
	v.Word, v.Size = uint64(a), uint8(r.plan.model.Word)
	if size <= 0 || size > maxObject || !r.ask(piece{job: jobObject, v: v, t: t, a: a, buf: r.bytes(size), frame: noFrame}) {
		v.State = prototype.NotFollowed
	}
}

// assemble returns the bytes of a value, nil where not all of them can be had.
func (r *Reader) assemble(at *abi.Location, size int) []byte {
	if size < 0 || size > maxObject {
		return nil
	}
	if len(at.Parts) == 1 { // what was read of the stack stays as it is
		if p := r.onStack(&at.Parts[0]); len(p) >= size && at.Parts[0].At == 0 {
			return p[:size]
		}
	}
	for i := range at.Parts { // a long double takes more than its ten bytes
		if part := &at.Parts[i]; part.At >= 0 && part.Size >= 0 && part.At <= maxObject && part.Size <= maxObject {
			size = max(size, part.At+part.Size)
		}
	}
	buf := r.bytes(size)
	if buf == nil {
		return nil
	}
	clear(buf)
	for i := range at.Parts {
		part := &at.Parts[i]
		if a, ok := part.Address(r.slot); ok {
			if !r.copyPart(buf, part, a) {
				return nil
			}
			continue
		}
		var vectors *sysdeps.Vectors
		if part.Where != abi.Integer && r.th.Info != nil {
			vectors, _ = r.th.Info.Vectors() // part.Load says what that means
		}
		if !part.Load(buf, r.th.Regs, vectors) {
			return nil
		}
	}
	return buf
}

// copyPart copies a part that lies in memory.
func (r *Reader) copyPart(buf []byte, part *abi.Part, a sysdeps.Addr) bool {
	if part.At < 0 || part.Size < 0 || part.Size > len(buf)-part.At {
		return false
	}
	buf = buf[part.At : part.At+part.Size]
	p := r.onStack(part)
	if p == nil {
		p = r.look(a, len(buf))
	}
	return p != nil && copy(buf, p) == len(buf)
}

// window is memory around an argument that was not read with the others: more of
// them are near.
type window struct {
	a sysdeps.Addr
	p []byte
}

// windowSize holds the registers that a variadic function saves (x86-64 psABI
// 3.5.7), or a good many arguments.
const windowSize = 256

// look returns n bytes at a, or nil.
func (r *Reader) look(a sysdeps.Addr, n int) []byte {
	for _, w := range r.windows {
		if off := a - w.a; a >= w.a && off <= sysdeps.Addr(len(w.p)) && n <= len(w.p)-int(off) {
			return w.p[off:][:n]
		}
	}
	buf := r.bytes(max(n, windowSize))
	if buf == nil {
		return nil
	}
	got, _ := r.read(buf, a)
	if got < n {
		return nil
	}
	r.windows[1] = r.windows[0]
	r.windows[0] = window{a, buf[:got]}
	return buf[:n]
}

// onStack returns what has been read of a part that is on the stack, if all of it
// has.
func (r *Reader) onStack(part *abi.Part) []byte {
	if part.Where != abi.Stack || part.Addr >= sysdeps.Addr(len(r.stack)) || part.Size > len(r.stack)-int(part.Addr) {
		return nil
	}
	return r.stack[part.Addr : int(part.Addr)+part.Size]
}
