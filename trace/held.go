package trace

import (
	"cmp"
	"iter"
	"slices"

	"sonde/callstack"
	"sonde/capture"
	"sonde/event"
	"sonde/filter"
)

// heldCall is what Frame.Kept is of a function's call that is told of when it has ended,
// since Options.Status says which are.
type heldCall struct {
	record *capture.Record // nil: nothing has been captured
	module string          // what events have for its module
	stack  event.Stack
}

// held returns what is to be told of the last call captured. Others may be before it is.
func (s *Session) held(stacks *callstack.Stacks, module string, stack event.Stack) *heldCall {
	h := &heldCall{module: module, stack: stack}
	h.stack.Frames = slices.Clone(stack.Frames)
	if stacks.Len() < maxKept {
		h.record = s.reader.Hold()
	}
	return h
}

// callEnds says how a function's call ends. One that was held till then is told of if
// that is wanted. The result says whether the call has been told of. What a process has
// from its parent, the parent tells.
func (s *Session) callEnds(pid int, f *callstack.Frame, how filter.Ending, errno int) bool {
	switch {
	case s.opt.Status == nil:
		return true
	case !s.opt.Status.Wants(how, errno):
		return false
	case f.Inherited:
		return true
	}
	h, ok := f.Kept.(*heldCall)
	if !ok { // its return cannot be followed
		h = &heldCall{module: f.Data.(*entryPlace).module}
	}
	s.tellCall(pid, f, h.module, h.record.Args(), h.stack)
	return true
}

// callsEnd says how all calls of functions end that a process is in, or one of its
// threads if tid is not 0.
func (s *Session) callsEnd(p *process, pid, tid int, how filter.Ending) {
	if s.opt.Status == nil || !s.opt.Status.Wants(how, 0) {
		return
	}
	var frames []*callstack.Frame
	for f := range p.frames() {
		if (tid == 0 || f.TID == tid) && !f.Inherited && f.ID != 0 {
			frames = append(frames, f)
		}
	}
	slices.SortFunc(frames, func(a, b *callstack.Frame) int { return cmp.Compare(a.ID, b.ID) })
	for _, f := range frames {
		s.callEnds(pid, f, how, 0)
	}
}

// frames yields the calls that the threads of a process are in, goroutines' too, in no
// order that matters.
func (p *process) frames() iter.Seq[*callstack.Frame] {
	return func(yield func(*callstack.Frame) bool) {
		for f := range p.stacks.All() {
			if !yield(f) {
				return
			}
		}
		for _, gr := range p.goroutines {
			for f := range gr.stacks.All() {
				if !yield(f) {
					return
				}
			}
		}
	}
}
