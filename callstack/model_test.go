package callstack

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sonde/sysdeps"
)

// model is a program with several coroutines that knows its calls, and an array
// as its memory. Each coroutine has a part of the array for its stack.
type model struct {
	rnd    *rand.Rand
	s      Stacks
	words  [modelWords]sysdeps.Addr
	routes [modelRoutines]routine
	lastID uint64
	// known are the frames that have been entered and not yet been told to
	// have returned or not to return.
	known map[uint64]Frame
	log   []string
}

// routine is one coroutine.
type routine struct {
	lo, hi int      // its part of the array
	sp     int      // the word on top of its stack
	calls  []uint64 // which it will return from, outermost first
}

const (
	modelRoutines = 3
	modelWords    = modelRoutines * 64
	wordSize      = 8
)

func address(word int) sysdeps.Addr { return sysdeps.Addr(word) * wordSize }

// Holds reads the array.
func (m *model) Holds(slot, ret sysdeps.Addr) bool { return m.words[slot/wordSize] == ret }

// TestModel lets programs call, return and jump at random and compares with
// what they know of themselves: each return is told when it happens and with
// all its tail calls, and no call is given up that will return.
func TestModel(t *testing.T) {
	for seed := range uint64(300) {
		m := &model{rnd: rand.New(rand.NewPCG(seed, 1)), known: make(map[uint64]Frame)}
		for i := range m.routes {
			m.routes[i] = routine{lo: i * modelWords / modelRoutines, hi: (i + 1) * modelWords / modelRoutines}
			m.routes[i].sp = m.routes[i].hi
		}
		m.s.Add(0, address(modelWords))
		err := m.run(400)
		if err != nil {
			t.Fatalf("seed %d: %v\nafter %q", seed, err, m.log[max(0, len(m.log)-20):])
		}
	}
}

func (m *model) run(steps int) error {
	for range steps {
		r := &m.routes[m.rnd.IntN(len(m.routes))]
		var err error
		switch n := m.rnd.IntN(100); {
		case n < 45:
			err = m.call(r)
		case n < 55:
			err = m.tailCall(r)
		case n < 90:
			err = m.ret(r)
		case n < 93:
			err = m.jump(r, true)
		case n < 96:
			err = m.jump(r, false)
		case n < 98:
			m.scribble(r)
		default:
			m.learn(r)
		}
		if err != nil {
			return err
		}
	}
	for i := range m.routes {
		for r := &m.routes[i]; len(r.calls) > 0; {
			if err := m.ret(r); err != nil {
				return err
			}
		}
	}
	for i := range m.routes {
		ar := m.s.Find(address(m.routes[i].lo))
		for ar != nil && len(ar.frames) > 0 {
			if err := m.gone(m.s.Unwind(ar, ar.Hi)); err != nil {
				return err
			}
		}
	}
	if len(m.known) != 0 {
		return fmt.Errorf("%d calls are never told to be over", len(m.known))
	}
	return nil
}

func (m *model) say(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

// call pushes one of few return addresses, after some locals.
func (m *model) call(r *routine) error {
	slot := r.sp - 1 - m.rnd.IntN(4)
	if slot < r.lo {
		return nil
	}
	r.sp = slot
	return m.enter(r, slot, sysdeps.Addr(m.rnd.IntN(3)+1), true)
}

// tailCall leaves a function by a jump into another.
func (m *model) tailCall(r *routine) error {
	if len(r.calls) == 0 {
		return nil
	}
	last := m.known[r.calls[len(r.calls)-1]]
	r.sp = int(last.Slot / wordSize)
	return m.enter(r, r.sp, last.Return, false)
}

func (m *model) enter(r *routine, word int, ret sysdeps.Addr, fresh bool) error {
	slot := address(word)
	m.words[word] = ret
	m.lastID++
	f := Frame{ID: m.lastID, Slot: slot, Return: ret}
	m.say("enter %d at %v to %v, fresh %v", f.ID, slot, ret, fresh)
	ar := m.area(word)
	dropped := m.s.Enter(ar, &f, fresh, m)
	r.calls = append(r.calls, f.ID)
	if err := m.gone(dropped); err != nil {
		return err
	}
	want := 0
	var parent Frame // the deepest in the stack, and of tail calls the last
	for _, k := range m.known {
		if k.Slot < slot || !ar.Contains(k.Slot) {
			continue
		}
		want++
		if parent.ID == 0 || k.Slot < parent.Slot || k.Slot == parent.Slot && k.ID > parent.ID {
			parent = k
		}
	}
	m.known[f.ID] = f
	if f.Depth != want || f.Parent != parent.ID {
		return fmt.Errorf("call %d has depth %d and parent %d, want %d and %d", f.ID, f.Depth, f.Parent, want, parent.ID)
	}
	return m.check()
}

// area is the area of a word, made anew where none is known.
func (m *model) area(word int) *Area {
	a := address(word)
	if ar := m.s.Find(a); ar != nil {
		return ar
	}
	m.say("extend around %v", a)
	return m.s.Extend(0, address(modelWords), a)
}

// ret returns from the innermost function of the coroutine, and so from all
// that ended in a tail call on the way to it.
func (m *model) ret(r *routine) error {
	if len(r.calls) == 0 {
		return nil
	}
	last := m.known[r.calls[len(r.calls)-1]]
	var want []uint64
	for n := len(r.calls); n > 0 && m.known[r.calls[n-1]].Slot == last.Slot; n-- {
		want = append(want, r.calls[n-1])
	}
	r.calls = r.calls[:len(r.calls)-len(want)]
	word := int(last.Slot / wordSize)
	r.sp = word + 1
	m.say("leave %v to %v", last.Slot, last.Return)
	returned, dropped := m.s.Leave(m.area(word), last.Slot, last.Return, m)
	var got []uint64
	for _, f := range returned {
		got = append(got, f.ID)
		delete(m.known, f.ID)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("calls %v return, want %v", got, want)
	}
	if err := m.gone(dropped); err != nil {
		return err
	}
	return m.check()
}

// jump goes to an outer function of the coroutine. What is told takes the
// inner frames out, if the coroutine has an area to itself; otherwise they are
// found out later, or never.
func (m *model) jump(r *routine, told bool) error {
	if len(r.calls) == 0 {
		return nil
	}
	keep := m.rnd.IntN(len(r.calls))
	// To the frame of call keep-1: above all that it has called, and not
	// into the middle of tail calls.
	for keep > 0 && m.known[r.calls[keep-1]].Slot == m.known[r.calls[keep]].Slot {
		keep--
	}
	if told && m.shared(r) {
		return nil
	}
	sp := int(m.known[r.calls[keep]].Slot/wordSize) + 1
	r.sp, r.calls = sp, r.calls[:keep]
	m.say("jump to %v, told %v", address(sp), told)
	if !told {
		return nil
	}
	if err := m.gone(m.s.Unwind(m.area(sp-1), address(sp))); err != nil {
		return err
	}
	return m.check()
}

// shared tells whether another coroutine lives in the area of r's stack top.
func (m *model) shared(r *routine) bool {
	ar := m.area(r.hi - 1)
	return ar.Lo < address(r.lo) || ar.Hi > address(r.hi) || !ar.Contains(address(r.lo))
}

// scribble is a function that is not traced and fills its frame.
func (m *model) scribble(r *routine) {
	for w := r.lo; w < r.sp; w++ {
		m.words[w] = 0
	}
	m.say("scribble below %v", address(r.sp))
}

// learn makes an area known: of one coroutine, or of all of them.
func (m *model) learn(r *routine) {
	lo, hi := r.lo, r.hi
	if m.rnd.IntN(4) == 0 {
		lo, hi = 0, modelWords
	}
	m.say("add %v-%v", address(lo), address(hi))
	m.s.Add(address(lo), address(hi))
}

// gone takes note of calls that are said not to return.
func (m *model) gone(frames []Frame) error {
	for _, f := range frames {
		for i := range m.routes {
			if slices.Contains(m.routes[i].calls, f.ID) {
				return fmt.Errorf("call %d is dropped and will return", f.ID)
			}
		}
		if _, ok := m.known[f.ID]; !ok {
			return fmt.Errorf("call %d is dropped and was over", f.ID)
		}
		delete(m.known, f.ID)
	}
	return nil
}

// check looks at the frames that are kept: all that are known, in areas that
// hold them, outermost first.
func (m *model) check() error {
	n := 0
	for i, ar := range m.s.areas {
		if ar.Lo >= ar.Hi || i > 0 && m.s.areas[i-1].Hi > ar.Lo {
			return fmt.Errorf("area %v-%v is out of order", ar.Lo, ar.Hi)
		}
		if !slices.IsSortedFunc(ar.frames, func(a, b Frame) int { return cmp.Compare(b.Slot, a.Slot) }) {
			return fmt.Errorf("frames of area %v-%v are not outermost first", ar.Lo, ar.Hi)
		}
		for _, f := range ar.frames {
			if k, ok := m.known[f.ID]; !ok || k.Slot != f.Slot || !ar.Contains(f.Slot) {
				return fmt.Errorf("call %d at %v is kept in area %v-%v", f.ID, f.Slot, ar.Lo, ar.Hi)
			}
		}
		n += len(ar.frames)
	}
	if n != len(m.known) || n != m.s.Len() {
		return fmt.Errorf("%d frames are kept, %d are known, Len is %d", n, len(m.known), m.s.Len())
	}
	return nil
}

// TestEndThread has threads call in areas of their own and in each other's, which are
// divided and joined meanwhile, and end: none of their frames stays, and no other's goes.
func TestEndThread(t *testing.T) {
	const threads, words = 6, 4096
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		var s Stacks
		has := make(map[int]int) // frames, by thread
		s.Add(0, words)
		for step := range 200 {
			tid := 1 + rnd.IntN(threads)
			at := sysdeps.Addr(rnd.IntN(words))
			switch n := rnd.IntN(10); {
			case n == 0:
				s.EndThread(tid)
				delete(has, tid)
			case n == 1:
				s.Add(at, min(words, at+sysdeps.Addr(1+rnd.IntN(words/4))))
			case n == 2:
				s.Extend(at, min(words, at+sysdeps.Addr(1+rnd.IntN(words/4))), at)
			default:
				if ar := s.Find(at); ar != nil {
					dropped := s.Enter(ar, &Frame{Slot: at, Return: 1, TID: tid}, false, never{})
					has[tid]++
					for _, f := range dropped {
						has[f.TID]--
					}
				}
			}
			now, all := make(map[int]int), 0
			for f := range s.All() {
				now[f.TID]++
				all++
			}
			for tid := range threads + 1 {
				if now[tid] != has[tid] {
					t.Fatalf("seed %d, step %d: thread %d has %d frames, want %d", seed, step, tid, now[tid], has[tid])
				}
			}
			if s.Len() != all {
				t.Fatalf("seed %d, step %d: Len is %d of %d", seed, step, s.Len(), all)
			}
		}
	}
}

// never is a stack of which every word has been overwritten.
type never struct{}

func (never) Holds(slot, ret sysdeps.Addr) bool { return false }
