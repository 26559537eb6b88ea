package capture

import (
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// Returned is what a call gave back.
type Returned struct {
	Result prototype.Value
	// Rest are the last of the call's arguments, from the first on that was
	// Later, with what is there now; nil if there was none.
	Rest  []prototype.Value
	First int // which of the arguments that is, counted from 0
	// Failed says that the function has failed, as far as its prototype tells.
	Failed bool
	// Errno is why a function failed that says so by errno or by its result; else 0.
	Errno int
}

// Return captures what a call gives back, the thread standing behind it. rec is
// what Keep returned; without it there is no Rest. The return address lay at slot.
func (r *Reader) Return(th *Thread, p *Plan, rec *Record, slot sysdeps.Addr) (ret Returned) {
	r.begin(th, p)
	r.slot, r.returned = slot, false
	if rec != nil {
		r.args = rec.args
	}
	failed := r.fetchResult(rec)
	ret.Failed = failed
	if failed && p.proto.Fails.Errno && th.Info != nil {
		var known bool
		ret.Errno, known = th.Info.Errno()
		ret.Failed = ret.Errno != 0 || !known // NULL is the end of a directory, too
	}
	if r.askPointed(false) || r.askPointed(true) {
		if r.round() != nil {
			r.abort()
		}
	}
	r.startResult(failed)
	if rec != nil {
		r.startRest(rec, failed)
	}
	if r.finish() != nil {
		r.abort()
	}
	for i := range r.rest {
		if v := &r.rest[i]; v.Was != nil && graft(v, v.Was, 0) {
			v.Was = nil
		}
	}
	ret.Result, ret.Rest, ret.First = r.result, r.rest, r.first
	if n, ok := r.result.Errno(); ok {
		ret.Errno, ret.Failed = max(n, 0), n > 0
	}
	return ret
}

// abort gives up what has been asked for: the process is gone.
func (r *Reader) abort() {
	for _, pieces := range [...][]piece{r.now, r.next} {
		for i := range pieces {
			if p := &pieces[i]; p.v != nil {
				p.unreadable()
			}
		}
	}
	r.now, r.next = r.now[:0], r.next[:0]
}

// fetchResult takes the result, and tells whether it is a failure.
func (r *Reader) fetchResult(rec *Record) (failed bool) {
	p := r.plan
	r.result, r.rest, r.first = prototype.Value{}, nil, 0
	if p.proto == nil {
		r.fetch(&r.result, "", nil, &p.result)
		return false
	}
	t := p.proto.Result
	switch {
	case t != nil && t.Kind == prototype.Void:
		r.result.Type = t
		return false
	case t == nil:
		word := p.resultWord()
		r.fetch(&r.result, "", nil, &word)
	case p.passed && rec != nil:
		r.result.Type = t
		r.fetchIndirect(&r.result, t, rec.result, t.SizeOf(p.model))
	case p.result.Unknown, p.passed:
		r.result.Type, r.result.State = t, prototype.NotFollowed
		return false
	default:
		r.fetch(&r.result, "", t, &p.result)
	}
	r.returned = true
	v, ok := r.failureOf()
	return ok && p.proto.Fails.Failed(v)
}

// failureOf returns the result as Prototype.Fails looks at it: signed, even where
// its type is not (size_t that is -1).
func (r *Reader) failureOf() (int64, bool) {
	v := r.result // not what it is shown as: pointers that a choice goes by are not read yet
	if v.Type != nil && v.Type.Kind == prototype.Choice {
		if t, _ := r.resolve(v.Type, prototype.In, noFrame); t != nil {
			r.narrowTo(&v, t)
		}
	}
	if t := v.Type; t != nil && t.Kind != prototype.Int && t.Kind != prototype.Pointer && t.Kind != prototype.Choice {
		return 0, false
	}
	return signed(v.Word, int(v.Size)), v.State == prototype.Captured
}

// startResult asks for what the result leads to.
func (r *Reader) startResult(failed bool) {
	v := &r.result
	switch {
	case v.State != prototype.Captured:
		return
	case v.Type == nil:
		if r.plan.conv != abi.GoAMD64 { // Go's strings do not end with a NUL
			r.guess(v)
		}
		return
	}
	if v.Type.Kind == prototype.Choice {
		t, _ := r.resolve(v.Type, prototype.In, noFrame)
		r.narrowTo(v, t)
	}
	switch {
	case !failed:
		r.expand(v, noFrame)
	case v.Type != nil && v.Type.Kind == prototype.Pointer && v.Word != 0:
		v.State = prototype.NotFollowed
	}
}

// startRest tells the arguments again from the first on that was Later.
func (r *Reader) startRest(rec *Record, failed bool) {
	first := 0
	for first < len(rec.args) && rec.args[first].State != prototype.Later {
		first++
	}
	if first == len(rec.args) {
		return
	}
	r.rest, r.first = r.values(len(rec.args)-first), first
	for i := range r.rest {
		now, was := &r.rest[i], &rec.args[first+i]
		*now = *was
		if was.State == prototype.Later {
			r.comeOut(rec, now, first+i, failed)
		}
	}
}

// comeOut fills in an argument that the function was to fill in.
func (r *Reader) comeOut(rec *Record, v *prototype.Value, i int, failed bool) {
	was := v.Was
	if i < len(r.plan.args) && (rec.fixed == 0 || i < rec.fixed) {
		failed = failed && !r.plan.args[i].always
		if t := r.plan.args[i].t; t != nil && t.Kind == prototype.Choice {
			v.Type, _ = r.resolve(t, prototype.In, noFrame) // by the result, too
		}
	}
	if !isPointer(v.Type) {
		v.State, v.Was = prototype.Captured, nil
		return
	}
	*v = prototype.Value{Name: v.Name, Type: v.Type, Word: v.Word, Size: v.Size}
	switch {
	case rec.fixed > 0 && i >= rec.fixed:
		r.comeOutOfFormat(rec, v, i-rec.fixed, failed)
	case !failed:
		v.Was = was
		r.expand(v, noFrame)
	case was != nil:
		name := v.Name
		*v = *was
		v.Name = name
	case v.Word != 0:
		v.State = prototype.NotFollowed
	}
}

// graft gives the fields that a function has changed what they were, and tells whether
// there are any: then it is there that the change is to be seen.
func graft(v, was *prototype.Value, depth int) (any bool) {
	if depth > maxNesting || v.Type == nil || v.Type != was.Type || v.State != prototype.Captured || was.State != prototype.Captured {
		return false
	}
	for i := range min(len(v.Elems), len(was.Elems)) {
		e, old := &v.Elems[i], &was.Elems[i]
		if v.Type.Kind == prototype.Struct && i < len(v.Type.Fields) && v.Type.Fields[i].InOut {
			any = true
			if old.State == prototype.Captured {
				e.Was = old
			}
			continue
		}
		any = graft(e, old, depth+1) || any
	}
	return any
}

// comeOutOfFormat fills in an argument that a format has told of, if the function
// came so far.
func (r *Reader) comeOutOfFormat(rec *Record, v *prototype.Value, i int, failed bool) {
	a := &rec.formats[i]
	switch {
	case failed || !r.stored(rec, i):
		v.State = prototype.NotFollowed
	case a.Sized != nil && v.Word != 0:
		r.followSized(rec, v, a)
	case a.Limit >= 0 && v.Type != nil && v.Type.Lens == prototype.Text && v.Word != 0: // %5c
		r.askTextOf(v, v, v.Type.Elem, sysdeps.Addr(v.Word), int64(a.Limit), noFrame)
	default:
		r.expand(v, noFrame)
	}
}

// followSized asks for a text that a function has stored the address and the size of.
func (r *Reader) followSized(rec *Record, v *prototype.Value, a *prototype.FormatArg) {
	word := r.plan.model.Word
	elems, p := r.values(1), r.look(sysdeps.Addr(v.Word), word)
	switch {
	case p == nil:
		v.State = prototype.Unreadable
		return
	case elems == nil:
		v.State = prototype.TooDeep
		return
	}
	text := &elems[0]
	text.Type, text.Word, text.Size = v.Type.Elem, number(p), uint8(word)
	v.Elems = elems
	if text.Word == 0 {
		return
	}
	text.State = prototype.NotFollowed
	n := rec.fixed + a.LimitArg - 1
	if n >= len(rec.args) || rec.args[n].Type == nil || rec.args[n].Type.Elem == nil {
		return
	}
	size := rec.args[n].Type.Elem.SizeOf(r.plan.model)
	if p = r.look(sysdeps.Addr(rec.args[n].Word), size); p == nil || signed(number(p), size) < 0 {
		return
	}
	text.State = prototype.Captured
	r.askTextOf(text, text, a.Sized, sysdeps.Addr(text.Word), signed(number(p), size), noFrame)
}
