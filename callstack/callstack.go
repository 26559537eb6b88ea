package callstack

import (
	"iter"
	"slices"
	"time"

	"sonde/sysdeps"
)

// Frame is one call that has been entered.
type Frame struct {
	ID     uint64       // 0 of a call that nobody is told of
	Parent uint64       // the ID of the innermost call with one that encloses it; 0: none does
	Slot   sysdeps.Addr // where on the stack the return address lies
	Return sysdeps.Addr // the return address
	TID    int          // the thread that entered
	Start  time.Duration
	Depth  int
	Data   any // what was called
	Kept   any // what was captured and its return needs; nil for nothing
	// Inherited marks a frame that the process got from its parent by fork.
	Inherited bool
}

// Verifier tells whether the stack word at slot still holds the return address.
// It is asked only when a frame is in doubt.
type Verifier interface {
	Holds(slot, ret sysdeps.Addr) bool
}

// Stacks are the frames of one process.
type Stacks struct {
	areas   []*Area // ascending, not overlapping
	dropped []Frame // the answer of the last call that drops frames
	frames  int     // in all areas
	// entered is the area that all frames of a thread are in, nil where they may be in
	// several: one that ends is not to be looked for in those of all the others.
	entered map[int]*Area
}

// Area is one contiguous piece of memory that stack pointers move in.
type Area struct {
	Lo, Hi sysdeps.Addr
	frames []Frame // outermost first: slots descend, tail calls share one
	tid    int     // the thread that has entered last, or nobody
}

// nobody is no thread's id.
const nobody = -1

func newArea(lo, hi sysdeps.Addr, frames []Frame) *Area {
	return &Area{Lo: lo, Hi: hi, frames: frames, tid: nobody}
}

// Contains tells whether a lies in the area.
func (ar *Area) Contains(a sysdeps.Addr) bool { return ar.Lo <= a && a < ar.Hi }

// Find returns the area that holds a, or nil.
func (s *Stacks) Find(a sysdeps.Addr) *Area {
	if i := s.search(a); i < len(s.areas) && s.areas[i].Contains(a) {
		return s.areas[i]
	}
	return nil
}

// search returns the index of the first area that ends above a.
func (s *Stacks) search(a sysdeps.Addr) int {
	i, _ := slices.BinarySearchFunc(s.areas, a, func(ar *Area, a sysdeps.Addr) int {
		if ar.Hi <= a {
			return -1
		}
		return 1
	})
	return i
}

// Add makes [lo, hi) an area. Frames within move into it: what is known better
// (a coroutine's stack in the heap) takes its part from what is known worse.
func (s *Stacks) Add(lo, hi sysdeps.Addr) *Area {
	fresh := newArea(lo, hi, nil)
	first := s.search(lo)
	var under, over *Area // what is left of the areas on both sides
	end := first
	for ; end < len(s.areas) && s.areas[end].Lo < hi; end++ {
		old := s.areas[end]
		above, within, below := split(old.frames, lo, hi)
		fresh.frames = append(within, fresh.frames...) // areas ascend, frames descend
		if old.Lo < lo && len(below) > 0 {
			under = newArea(old.Lo, lo, below)
		}
		if hi < old.Hi && len(above) > 0 {
			over = newArea(hi, old.Hi, above)
		}
	}
	var now [3]*Area
	n := 0
	for _, ar := range [...]*Area{under, fresh, over} {
		if ar != nil {
			now[n] = ar
			n++
			s.scatter(ar.frames)
		}
	}
	s.areas = slices.Replace(s.areas, first, end, now[:n]...)
	return fresh
}

// scatter notes that frames have come into another area, so that those of their threads
// may be in several.
func (s *Stacks) scatter(frames []Frame) {
	for i := range frames {
		s.entered[frames[i].TID] = nil
	}
}

// Extend is Add for memory of which less is known: areas that hold frames keep
// what they have, and [lo, hi) shrinks to the piece around a that is left.
func (s *Stacks) Extend(lo, hi, a sysdeps.Addr) *Area {
	for i := s.search(lo); i < len(s.areas) && s.areas[i].Lo < hi; i++ {
		old := s.areas[i]
		if len(old.frames) == 0 {
			continue
		}
		if old.Hi <= a && old.Hi > lo {
			lo = old.Hi
		}
		if old.Lo > a && old.Lo < hi {
			hi = old.Lo
		}
	}
	return s.Add(lo, hi)
}

func split(frames []Frame, lo, hi sysdeps.Addr) (above, within, below []Frame) {
	for _, f := range frames {
		switch {
		case f.Slot >= hi:
			above = append(above, f)
		case f.Slot >= lo:
			within = append(within, f)
		default:
			below = append(below, f)
		}
	}
	return above, within, below
}

// Enter adds a call to its area and sets its Depth, the number of calls that
// enclose it, and its Parent. It returns the frames that can no longer return, innermost first:
// those whose slot the new call has taken, and those deeper in the stack whose
// slots have been overwritten. A frame with the same slot and the same return
// address is a tail call's caller and stays, unless fresh says that the call
// came from the instruction before the return address itself.
//
// The returned frames are valid until the next call on s.
func (s *Stacks) Enter(ar *Area, f *Frame, fresh bool, v Verifier) (dropped []Frame) {
	n := len(ar.frames)
	s.frames++
	if ar.tid != f.TID {
		s.enters(ar, f.TID)
	}
	if n == 0 || ar.frames[n-1].Slot > f.Slot { // nearly always
		f.Depth, f.Parent = within(ar.frames)
		ar.frames = append(ar.frames, *f)
		return nil
	}
	at := s.dropBelow(ar, f.Slot, v)
	for at > 0 && ar.frames[at-1].Slot == f.Slot {
		if last := &ar.frames[at-1]; last.Return == f.Return && !fresh {
			break
		}
		s.dropped = append(s.dropped, ar.frames[at-1])
		s.delete(ar, at-1, at)
		at--
	}
	f.Depth, f.Parent = within(ar.frames[:at])
	ar.frames = slices.Insert(ar.frames, at, *f)
	return s.dropped
}

// enters notes that a thread has a frame in an area.
func (s *Stacks) enters(ar *Area, tid int) {
	ar.tid = tid
	if s.entered == nil {
		s.entered = make(map[int]*Area)
	}
	if before, known := s.entered[tid]; known && before != ar {
		ar = nil
	}
	s.entered[tid] = ar
}

// delete takes the frames from i to j out of an area.
func (s *Stacks) delete(ar *Area, i, j int) {
	ar.frames = slices.Delete(ar.frames, i, j)
	s.frames -= j - i
}

// Within returns the Depth and the Parent of what is called now from the innermost of
// the area's calls.
func (ar *Area) Within() (depth int, parent uint64) { return within(ar.frames) }

func within(frames []Frame) (depth int, parent uint64) {
	depth = len(frames)
	if depth == 0 {
		return 0, 0
	}
	last := &frames[depth-1]
	if last.ID == 0 {
		return depth, last.Parent
	}
	return depth, last.ID
}

// Leave takes out the calls that return to ret when the word at slot has just
// been popped: none when no call is known to, several after tail calls,
// innermost first. dropped are frames deeper in the stack that were overwritten.
// Both are valid until the next call on s.
func (s *Stacks) Leave(ar *Area, slot, ret sysdeps.Addr, v Verifier) (returned, dropped []Frame) {
	n := len(ar.frames)
	if n == 0 {
		return nil, nil
	}
	s.dropped = s.dropped[:0]
	at := n
	if ar.frames[n-1].Slot < slot {
		at = s.dropBelow(ar, slot, v)
	}
	first := at
	for first > 0 && ar.frames[first-1].Slot == slot && ar.frames[first-1].Return == ret {
		first--
	}
	if first == at {
		return nil, s.dropped
	}
	mark := len(s.dropped)
	for i := at - 1; i >= first; i-- {
		s.dropped = append(s.dropped, ar.frames[i])
	}
	s.delete(ar, first, at)
	return s.dropped[mark:], s.dropped[:mark]
}

// maxPop is the most that a return instruction takes off the stack behind the
// return address (ret imm16).
const maxPop = 1<<16 - 1

// LeaveDeeper is Leave for a function that has popped its arguments as well, as
// many as they may be: the word just before them lay at slot, the return address
// deeper. The innermost call that returns to ret is the one, if its return address
// is still where it was; nothing can have overwritten that since.
func (s *Stacks) LeaveDeeper(ar *Area, slot, ret sysdeps.Addr, v Verifier) (returned []Frame) {
	s.dropped = s.dropped[:0]
	last := len(ar.frames) - 1
	for last >= 0 && ar.frames[last].Slot < slot && ar.frames[last].Return != ret {
		last--
	}
	if last < 0 {
		return nil
	}
	at := ar.frames[last].Slot
	if at >= slot || slot-at > maxPop || !v.Holds(at, ret) {
		return nil
	}
	first := last
	for ; first >= 0 && ar.frames[first].Slot == at && ar.frames[first].Return == ret; first-- {
		s.dropped = append(s.dropped, ar.frames[first])
	}
	s.delete(ar, first+1, last+1)
	return s.dropped
}

// dropBelow looks at the frames deeper than slot, takes out those whose return
// address has been overwritten, and returns the index at which frames of slot
// end. A frame that is intact stays: it may be a coroutine's in the same area.
func (s *Stacks) dropBelow(ar *Area, slot sysdeps.Addr, v Verifier) int {
	s.dropped = s.dropped[:0]
	at := len(ar.frames)
	for at > 0 && ar.frames[at-1].Slot < slot {
		at--
		if f := &ar.frames[at]; !v.Holds(f.Slot, f.Return) {
			s.dropped = append(s.dropped, *f)
			s.delete(ar, at, at+1)
		}
	}
	return at
}

// Unwind takes out the frames of an area whose slots lie below sp, innermost
// first: the program has gone to an outer frame. They are valid until the next
// call on s.
func (s *Stacks) Unwind(ar *Area, sp sysdeps.Addr) []Frame {
	s.dropped = s.dropped[:0]
	n := len(ar.frames)
	for n > 0 && ar.frames[n-1].Slot < sp {
		n--
		s.dropped = append(s.dropped, ar.frames[n])
	}
	s.delete(ar, n, len(ar.frames))
	return s.dropped
}

// Cut takes out the frames of an area whose slots lie in [lo, hi), innermost first.
// They are valid until the next call on s.
func (s *Stacks) Cut(ar *Area, lo, hi sysdeps.Addr) []Frame {
	s.dropped = s.dropped[:0]
	end := len(ar.frames)
	for end > 0 && ar.frames[end-1].Slot < lo {
		end--
	}
	first := end
	for first > 0 && ar.frames[first-1].Slot < hi {
		first--
		s.dropped = append(s.dropped, ar.frames[first])
	}
	s.delete(ar, first, end)
	return s.dropped
}

// Drop takes out the frames of one slot, innermost first. They are valid until
// the next call on s.
func (s *Stacks) Drop(ar *Area, slot sysdeps.Addr) []Frame {
	s.dropped = s.dropped[:0]
	for i := len(ar.frames) - 1; i >= 0 && ar.frames[i].Slot <= slot; i-- {
		if ar.frames[i].Slot == slot {
			s.dropped = append(s.dropped, ar.frames[i])
			s.delete(ar, i, i+1)
		}
	}
	return s.dropped
}

// EndThread forgets the frames of a thread that has ended, and the areas it was in that
// nothing is left in.
func (s *Stacks) EndThread(tid int) {
	ar, known := s.entered[tid]
	delete(s.entered, tid)
	switch {
	case !known:
	case ar == nil:
		s.areas = slices.DeleteFunc(s.areas, func(ar *Area) bool { return s.endIn(ar, tid) })
	case s.endIn(ar, tid):
		if i := s.search(ar.Lo); i < len(s.areas) && s.areas[i] == ar {
			s.areas = slices.Delete(s.areas, i, i+1)
		}
	}
}

// endIn takes the frames of a thread out of an area, and tells whether none is left.
func (s *Stacks) endIn(ar *Area, tid int) bool {
	s.frames -= len(ar.frames)
	ar.frames = slices.DeleteFunc(ar.frames, func(f Frame) bool { return f.TID == tid })
	s.frames += len(ar.frames)
	if ar.tid == tid { // the id may be another thread's before long
		ar.tid = nobody
	}
	return len(ar.frames) == 0
}

// Clone returns what a forked child has: the frames of the thread that forked.
func (s *Stacks) Clone(tid int) *Stacks {
	c := &Stacks{}
	for _, ar := range s.areas {
		a := newArea(ar.Lo, ar.Hi, nil)
		for _, f := range ar.frames {
			if f.TID == tid {
				f.Inherited = true
				a.frames = append(a.frames, f)
			}
		}
		if len(a.frames) > 0 {
			c.enters(a, tid)
			c.frames += len(a.frames)
		}
		c.areas = append(c.areas, a)
	}
	return c
}

// All returns every frame, in no order that matters.
func (s *Stacks) All() iter.Seq[*Frame] {
	return func(yield func(*Frame) bool) {
		for _, ar := range s.areas {
			for i := range ar.frames {
				if !yield(&ar.frames[i]) {
					return
				}
			}
		}
	}
}

// Len returns the number of frames.
func (s *Stacks) Len() int { return s.frames }

// Chain returns the frames of one slot and return address, if the innermost frame
// is of them, innermost first: those that tail calls have made, or the same code
// under several names.
func (ar *Area) Chain(slot, ret sysdeps.Addr) iter.Seq[*Frame] {
	return func(yield func(*Frame) bool) {
		for i := len(ar.frames) - 1; i >= 0; i-- {
			if f := &ar.frames[i]; f.Slot != slot || f.Return != ret || !yield(f) {
				return
			}
		}
	}
}

// Last returns the innermost frame of the area, or nil.
func (ar *Area) Last() *Frame {
	if n := len(ar.frames); n > 0 {
		return &ar.frames[n-1]
	}
	return nil
}

// Tails returns how many of the innermost frames share one slot, by tail calls. It
// stops to count at most.
func (ar *Area) Tails(most int) int {
	n := 0
	for i := len(ar.frames) - 1; i >= 0 && n < most && ar.frames[i].Slot == ar.frames[len(ar.frames)-1].Slot; i-- {
		n++
	}
	return n
}
