package callstack

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/sysdeps"
)

// scripts are a case a line: what it shows, and what a program does with its
// stack. Numbers are hexadecimal, calls have names of one letter, and what must
// come out stands behind "=": frames innermost first, the dropped ones behind
// "drop".
//
//	add LO HI          an area becomes known
//	extend LO HI A     an area of which less is known, around A
//	enter F SLOT RET   F is entered, its return address RET stored in SLOT; = depth
//	fresh F SLOT RET   the same, by the call instruction before RET
//	leave SLOT RET     RET is popped from SLOT; = who returns
//	deeper SLOT RET    RET was popped, and what stood behind it up to SLOT
//	tails A MOST       = how many calls share the innermost slot of the area of A
//	unwind SP          the program goes to a frame above; = who does not return
//	cut LO HI          what lies there does not return
//	drop SLOT          what lies in SLOT is given up; = whose it was
//	poke SLOT VALUE    the program stores a word of its own
//	thread TID         what follows is done by this thread
//	end TID            the thread ends
//	fork TID           what follows is done by the child of the thread's fork
//	areas              = LO-HI:FRAMES of each area, outermost frame first
const scripts = `
one call                     | add 0 100; enter a 80 1 = 0; leave 80 1 = a; areas = 0-100
nested                       | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; enter c 40 3 = 2; leave 40 3 = c; leave 60 2 = b; leave 80 1 = a
one after another            | add 0 100; enter a 80 1 = 0; leave 80 1 = a; enter b 80 1 = 0; leave 80 1 = b
recursion                    | add 0 100; enter a 80 1 = 0; enter b 70 1 = 1; enter c 60 1 = 2; leave 60 1 = c; leave 70 1 = b; leave 80 1 = a
nothing was called           | add 0 100; leave 80 1 =; enter a 80 1 = 0; leave 80 2 =; leave 88 1 =; leave 78 1 =; areas = 0-100:a; leave 80 1 = a
called before the trace      | add 0 100; enter a 60 2 = 0; leave 60 2 = a; leave 80 1 =

tail call                    | add 0 100; enter a 80 1 = 0; enter b 80 1 = 1; leave 80 1 = b a
three tail calls             | add 0 100; enter a 80 1 = 0; enter b 80 1 = 1; enter c 80 1 = 2; leave 80 1 = c b a; leave 80 1 =
tail calls are counted       | add 0 100; tails 80 9 = 0; enter a 80 1 = 0; tails 80 9 = 1; enter b 60 2 = 1; enter c 60 2 = 2; enter d 60 2 = 3; tails 80 9 = 3; tails 80 2 = 2
arguments are popped         | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; deeper 68 2 = b; deeper 68 2 =; deeper 88 1 = a
with tail calls              | add 0 100; enter a 60 1 = 0; enter b 60 1 = 1; deeper 68 1 = b a; areas = 0-100
only by the innermost        | add 0 100; enter a 80 1 = 0; enter b 60 1 = 1; enter c 40 3 = 2; deeper 90 1 = b; areas = 0-100:ac; deeper 90 1 = a
only deeper ones             | add 0 100; enter a 80 1 = 0; deeper 78 1 =; deeper 80 1 =; areas = 0-100:a
only where it still stands   | add 0 100; enter a 80 1 = 0; poke 80 0; deeper 88 1 =; areas = 0-100:a
no more than an instruction  | add 0 100000; enter a 80 1 = 0; deeper 10080 1 =; deeper 1007f 1 = a

call out of a tail call      | add 0 100; enter a 80 1 = 0; enter b 80 1 = 1; enter c 60 2 = 2; leave 60 2 = c; leave 80 1 = b a
tail calls in a callee       | add 0 100; enter a 80 1 = 0; enter b 60 1 = 1; enter c 60 1 = 2; leave 60 1 = c b; leave 80 1 = a
tail call by an outer one    | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; unwind 80 = b; enter c 80 1 = 1; leave 80 1 = c a

called again after a jump    | add 0 100; enter a 80 1 = 0; fresh b 80 1 = 0 drop a; leave 80 1 = b
again over tail calls        | add 0 100; enter a 80 1 = 0; enter b 80 1 = 1; fresh c 80 1 = 0 drop b a; leave 80 1 = c
again at its own depth       | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; fresh c 60 2 = 1 drop b; leave 60 2 = c; leave 80 1 = a
the slot is used for another | add 0 100; enter a 80 1 = 0; enter b 80 2 = 0 drop a; leave 80 2 = b; leave 80 1 =
for another over tail calls  | add 0 100; enter a 80 1 = 0; enter b 80 1 = 1; enter c 80 2 = 0 drop b a; leave 80 1 =; leave 80 2 = c
fresh without a predecessor  | add 0 100; fresh a 80 1 = 0; fresh b 60 2 = 1; leave 60 2 = b; leave 80 1 = a

longjmp that is told         | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; enter c 40 3 = 2; unwind 70 = c b; leave 80 1 = a
to where nothing is dropped  | add 0 100; enter a 80 1 = 0; unwind 80 =; unwind 0 =; leave 80 1 = a
out of everything            | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; unwind 100 = b a; unwind 100 =
out of tail calls            | add 0 100; enter a 80 1 = 0; enter b 80 1 = 1; unwind 81 = b a
a piece is cut out           | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; enter c 60 2 = 2; enter d 40 3 = 3; enter e 20 4 = 4; cut 40 80 = d c b; areas = 0-100:ae; leave 20 4 = e; leave 80 1 = a
nothing is cut               | add 0 100; cut 0 100 =; enter a 80 1 = 0; enter b 40 2 = 1; cut 41 80 =; cut 0 40 =; areas = 0-100:ab
one slot is given up         | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; enter c 40 3 = 2; drop 60 = b; areas = 0-100:ac; leave 40 3 = c; leave 80 1 = a
with its tail calls          | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; enter c 60 2 = 2; enter d 40 3 = 3; drop 60 = c b; areas = 0-100:ad
a slot without a call        | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; drop 70 =; drop 90 =; drop 50 =; drop 80 = a; drop 80 =; areas = 0-100:b
silent, then overwritten     | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; enter c 40 3 = 2; poke 60 0; poke 40 0; enter d 70 4 = 1 drop c b; leave 70 4 = d; leave 80 1 = a
silent, found at the return  | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; enter c 40 3 = 2; poke 60 0; poke 40 0; leave 80 1 = a drop c b
silent, still in memory      | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; leave 80 1 = a; areas = 0-100:b; poke 60 0; enter c 80 1 = 0 drop b
the deeper one intact        | add 0 100; enter a 80 1 = 0; enter b 60 2 = 1; enter c 40 3 = 2; poke 60 0; leave 80 1 = a drop b; areas = 0-100:c; leave 40 3 = c
overwritten, same slot after | add 0 100; enter a 60 1 = 0; enter b 40 2 = 1; poke 40 0; fresh c 60 1 = 0 drop b a; leave 60 1 = c
found by a stray return      | add 0 100; enter a 40 1 = 0; poke 40 0; leave 80 2 = drop a; areas = 0-100

coroutines in one area       | add 0 100; enter a 80 1 = 0; enter b 40 2 = 1; enter c 70 3 = 1; enter d 30 4 = 3; leave 70 3 = c; leave 30 4 = d; leave 40 2 = b; leave 80 1 = a
the upper one calls again    | add 0 100; enter a 40 1 = 0; enter b 80 2 = 0; enter c 80 2 = 1; leave 40 1 = a; leave 80 2 = c b
upper fresh, lower pending   | add 0 100; enter a 80 1 = 0; enter b 40 2 = 1; fresh c 80 1 = 0 drop a; leave 40 2 = b; leave 80 1 = c
two of equal depth           | add 0 100; enter a 80 1 = 0; enter b 40 1 = 1; leave 80 1 = a; enter c 80 1 = 0; leave 40 1 = b; leave 80 1 = c
coroutines in their own      | add 0 80; add 80 100; enter a c0 1 = 0; enter b 40 2 = 0; enter c a0 3 = 1; leave 40 2 = b; leave a0 3 = c; leave c0 1 = a
a lower one does not drop    | add 0 80; add 80 100; enter a 40 1 = 0; poke 40 0; enter b c0 2 = 0; unwind 100 = b; areas = 0-80:a 80-100
handler on another stack     | add 0 80; add 80 100; enter a 40 1 = 0; enter b c0 2 = 0; leave c0 2 = b; leave 40 1 = a

an area is split             | add 0 100; enter a c0 1 = 0; enter b 60 2 = 1; enter c 20 3 = 2; add 40 80; areas = 0-40:c 40-80:b 80-100:a; leave 20 3 = c; leave 60 2 = b; leave c0 1 = a
only what holds frames stays | add 0 100; enter a 60 1 = 0; add 40 80; areas = 40-80:a
nothing within               | add 0 100; enter a c0 1 = 0; add 40 80; areas = 40-80 80-100:a
two areas in one             | add 80 100; enter a c0 1 = 0; add 0 80; enter b 40 2 = 0; add 0 100; areas = 0-100:ab; leave 40 2 = b; leave c0 1 = a
two in one, found in between | add 80 100; enter a c0 1 = 0; add 0 80; enter b 60 2 = 0; add 0 100; enter c 40 3 = 2; leave 40 3 = c; leave 60 2 = b; leave c0 1 = a
parts of three in one        | add 0 40; enter a 30 1 = 0; enter b 10 2 = 1; add 40 80; enter c 60 3 = 0; add 80 c0; enter d b0 4 = 0; enter e 90 5 = 1; add 20 a0; areas = 0-20:b 20-a0:eca a0-c0:d
tail calls keep their order  | add 0 100; enter a 60 1 = 0; enter b 60 1 = 1; add 40 80; areas = 40-80:ab; leave 60 1 = b a
the edges belong below       | add 0 100; enter a 80 1 = 0; enter b 40 2 = 1; add 40 80; areas = 40-80:b 80-100:a
the same once more           | add 0 100; enter a 80 1 = 0; add 0 100; areas = 0-100:a; leave 80 1 = a

extend into nothing          | extend 0 100 80; areas = 0-100
extend keeps to its place    | add 0 40; enter a 20 1 = 0; add c0 100; enter b e0 2 = 0; extend 0 100 80; areas = 0-40:a 40-c0 c0-100:b
extend over empty areas      | add 0 40; add c0 100; extend 0 100 80; areas = 0-100
extend below a split one     | add 0 100; enter a c0 1 = 0; add 80 100; extend 0 100 60; areas = 0-80 80-100:a; enter b 60 2 = 0; leave 60 2 = b
extend takes what it is in   | add 40 80; enter a 60 1 = 0; extend 0 100 60; areas = 0-100:a; leave 60 1 = a
nearest neighbours count     | add 0 10; enter a 8 1 = 0; add 20 30; enter b 28 2 = 0; add 60 70; enter c 68 3 = 0; add 80 90; enter d 88 4 = 0; extend 0 100 40; areas = 0-10:a 20-30:b 30-60 60-70:c 80-90:d

a thread ends                | add 0 80; add 80 100; enter a c0 1 = 0; thread 2; enter b 40 2 = 0; end 2; areas = 80-100:a; leave c0 1 = a
among others' frames         | add 0 100; enter a 80 1 = 0; thread 2; enter b 60 2 = 1; thread 1; enter c 40 3 = 2; end 2; areas = 0-100:ac; leave 40 3 = c; leave 80 1 = a
a coroutine changes threads  | add 0 100; thread 1; enter a 80 1 = 0; thread 2; leave 80 1 = a
fork                         | add 0 80; add 80 100; enter a c0 1 = 0; enter b a0 2 = 1; thread 2; enter c 40 3 = 0; fork 1; areas = 0-80 80-100:AB; leave a0 2 = B; enter d a0 4 = 1; areas = 0-80 80-100:Ad; leave a0 4 = d; leave c0 1 = A
fork of another thread       | add 0 80; add 80 100; enter a c0 1 = 0; thread 2; enter c 40 3 = 0; fork 2; leave c0 1 =; leave 40 3 = C
`

func TestScripts(t *testing.T) {
	for line := range strings.Lines(scripts) {
		name, script, ok := strings.Cut(strings.TrimSpace(line), "|")
		if !ok {
			continue
		}
		t.Run(strings.TrimSpace(name), func(t *testing.T) {
			m := machine{stack: make(map[sysdeps.Addr]sysdeps.Addr), tid: 1}
			for op := range strings.SplitSeq(script, ";") {
				words, want, _ := strings.Cut(op, "=")
				want = strings.Join(strings.Fields(want), " ")
				if got := m.do(t, strings.Fields(words)); got != want {
					t.Errorf("%s = %s, want %s", strings.TrimSpace(words), got, want)
				}
			}
		})
	}
}

// machine runs a script.
type machine struct {
	s     Stacks
	stack map[sysdeps.Addr]sysdeps.Addr
	tid   int
}

func (m *machine) Holds(slot, ret sysdeps.Addr) bool { return m.stack[slot] == ret }

// do performs one operation and returns what came out.
func (m *machine) do(t *testing.T, words []string) string {
	t.Helper()
	num := func(i int) sysdeps.Addr {
		v, err := strconv.ParseUint(words[i], 16, 64)
		if err != nil {
			t.Fatalf("%q: %v", words, err)
		}
		return sysdeps.Addr(v)
	}
	area := func(a sysdeps.Addr) *Area {
		ar := m.s.Find(a)
		if ar == nil {
			t.Fatalf("%q: no area at %v", words, a)
		}
		return ar
	}
	switch words[0] {
	case "add", "extend":
		var ar *Area
		if words[0] == "add" {
			ar = m.s.Add(num(1), num(2))
		} else {
			ar = m.s.Extend(num(1), num(2), num(3))
		}
		if m.s.Find(ar.Lo) != ar || m.s.Find(ar.Hi-1) != ar || m.s.Find(ar.Hi) == ar {
			t.Errorf("%q: %v-%v is not found where it is", words, ar.Lo, ar.Hi)
		}
		return ""
	case "enter", "fresh":
		slot, ret := num(2), num(3)
		f := Frame{ID: uint64(words[1][0]), Slot: slot, Return: ret, TID: m.tid}
		ar := area(slot)
		m.stack[slot] = ret
		dropped := m.s.Enter(ar, &f, words[0] == "fresh", m)
		return strconv.Itoa(f.Depth) + m.dropped(dropped)
	case "leave":
		slot, ret := num(1), num(2)
		returned, dropped := m.s.Leave(area(slot), slot, ret, m)
		return strings.TrimSpace(ids(returned) + m.dropped(dropped))
	case "deeper":
		slot, ret := num(1), num(2)
		return ids(m.s.LeaveDeeper(area(slot), slot, ret, m))
	case "tails":
		return strconv.Itoa(area(num(1)).Tails(int(num(2))))
	case "unwind":
		sp := num(1)
		return ids(m.s.Unwind(area(max(sp, 1)-1), sp))
	case "cut":
		return ids(m.s.Cut(area(num(1)), num(1), num(2)))
	case "drop":
		return ids(m.s.Drop(area(num(1)), num(1)))
	case "poke":
		m.stack[num(1)] = num(2)
	case "thread":
		m.tid = int(num(1))
	case "end":
		m.s.EndThread(int(num(1)))
	case "fork":
		m.tid = int(num(1))
		m.s = *m.s.Clone(m.tid)
	case "areas":
		return m.areas()
	default:
		t.Fatalf("%q: no such operation", words)
	}
	return ""
}

func (m *machine) dropped(frames []Frame) string {
	if len(frames) == 0 {
		return ""
	}
	return " drop " + ids(frames)
}

func (m *machine) areas() string {
	var out []string
	frames := 0
	for _, ar := range m.s.areas {
		text := fmt.Sprintf("%x-%x", uint64(ar.Lo), uint64(ar.Hi))
		if len(ar.frames) > 0 {
			text += ":" + strings.ReplaceAll(ids(ar.frames), " ", "")
		}
		frames += len(ar.frames)
		if last := ar.Last(); len(ar.frames) == 0 && last != nil || len(ar.frames) > 0 && last != &ar.frames[len(ar.frames)-1] {
			text += " with another last frame"
		}
		out = append(out, text)
	}
	if n := m.s.Len(); n != frames {
		out = append(out, fmt.Sprintf("and a length of %d", n))
	}
	return strings.Join(out, " ")
}

// ids returns the frames' names, inherited ones in capitals.
func ids(frames []Frame) string {
	var out []string
	for _, f := range frames {
		name := string(rune(f.ID))
		if f.Inherited {
			name = strings.ToUpper(name)
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

// TestCloneIndependent holds that parent and child go on by themselves.
func TestCloneIndependent(t *testing.T) {
	m := machine{stack: make(map[sysdeps.Addr]sysdeps.Addr), tid: 1}
	for _, op := range []string{"add 0 100", "enter a 80 1", "enter b 60 2"} {
		m.do(t, strings.Fields(op))
	}
	child := machine{s: *m.s.Clone(1), stack: m.stack, tid: 1}
	child.do(t, strings.Fields("leave 60 2"))
	child.do(t, strings.Fields("enter x 60 3"))
	child.do(t, strings.Fields("add 0 70"))
	if got := m.areas(); got != "0-100:ab" {
		t.Errorf("the parent has %s", got)
	}
	m.do(t, strings.Fields("unwind 100"))
	if got := child.areas(); got != "0-70:x 70-100:A" {
		t.Errorf("the child has %s", got)
	}
}

func TestFind(t *testing.T) {
	var s Stacks
	if ar := s.Find(0); ar != nil {
		t.Errorf("an area %v in none", ar)
	}
	const top = ^sysdeps.Addr(0)
	for _, lo := range []sysdeps.Addr{0x5000, 0x1000, 0x3000, top - 0xfff} {
		s.Add(lo, lo+min(0x1000, top-lo))
	}
	for _, c := range []struct {
		a    sysdeps.Addr
		want sysdeps.Addr // the start, 1 for none
	}{
		{0, 1},
		{0xfff, 1},
		{0x1000, 0x1000},
		{0x1fff, 0x1000},
		{0x2000, 1},
		{0x2fff, 1},
		{0x3000, 0x3000},
		{0x4000, 1},
		{0x5fff, 0x5000},
		{0x6000, 1},
		{top - 0x1000, 1},
		{top - 1, top - 0xfff},
	} {
		got := sysdeps.Addr(1)
		if ar := s.Find(c.a); ar != nil {
			got = ar.Lo
		}
		if got != c.want {
			t.Errorf("Find(%v): area at %v, want %v", c.a, got, c.want)
		}
	}
}

// TestFrameKept holds that a frame comes back as it was entered, with its depth.
func TestFrameKept(t *testing.T) {
	var s Stacks
	ar := s.Add(0, 0x100)
	s.Enter(ar, &Frame{ID: 1, Slot: 0x90, Return: 7}, false, always(true))
	want := Frame{ID: 2, Slot: 0x80, Return: 8, TID: 9, Start: 10, Data: "function"}
	s.Enter(ar, &want, false, always(true))
	want.Depth, want.Parent = 1, 1
	if last := ar.Last(); last == nil || *last != want {
		t.Errorf("last %+v, want %+v", last, want)
	}
	if got, _ := s.Leave(ar, 0x80, 8, always(true)); len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestParent holds that calls nobody is told of are nobody's parents.
func TestParent(t *testing.T) {
	var s Stacks
	ar := s.Add(0, 0x100)
	for i, id := range []uint64{0, 3, 0, 0, 5} {
		want := Frame{ID: id, Slot: sysdeps.Addr(0x90 - 8*i), Return: 1, Depth: i, Parent: []uint64{0, 0, 3, 3, 3}[i]}
		f := Frame{ID: want.ID, Slot: want.Slot, Return: want.Return}
		if s.Enter(ar, &f, true, always(true)); f != want {
			t.Errorf("%+v, want %+v", f, want)
		}
	}
	if depth, parent := ar.Within(); depth != 5 || parent != 5 {
		t.Errorf("now within %d calls and %d, want 5 and 5", depth, parent)
	}
}

// always answers all doubts alike and counts them.
type always bool

func (v always) Holds(_, _ sysdeps.Addr) bool { return bool(v) }

type counter struct {
	holds bool
	asked int
}

func (c *counter) Holds(_, _ sysdeps.Addr) bool {
	c.asked++
	return c.holds
}

// TestDeepRecursion holds that depth makes nothing dearer: memory is read for
// frames in doubt alone, and for each of them once.
func TestDeepRecursion(t *testing.T) {
	const depth, word = 100_000, sysdeps.Addr(16)
	var s Stacks
	var v counter
	top := sysdeps.Addr(depth) * word
	ar := s.Add(0, top+word)
	dive := func() {
		t.Helper()
		for i := range sysdeps.Addr(depth) {
			f := Frame{ID: uint64(i), Slot: top - i*word, Return: 1}
			if dropped := s.Enter(ar, &f, true, &v); f.Depth != int(i) || dropped != nil {
				t.Fatalf("call %d has depth %d and drops %d", i, f.Depth, len(dropped))
			}
		}
	}
	dive()
	for i := range sysdeps.Addr(depth) {
		slot := (i + 1) * word
		returned, dropped := s.Leave(ar, slot, 1, &v)
		if len(returned) != 1 || returned[0].Slot != slot || len(dropped) != 0 {
			t.Fatalf("at slot %v %d calls return and %d are dropped", slot, len(returned), len(dropped))
		}
	}
	if v.asked != 0 {
		t.Errorf("calls and returns of a recursion read memory %d times", v.asked)
	}

	dive()
	if dropped := s.Unwind(ar, top); len(dropped) != depth-1 || v.asked != 0 {
		t.Errorf("unwinding drops %d of %d and reads memory %d times", len(dropped), depth, v.asked)
	}
	s.Unwind(ar, ar.Hi)

	dive()
	returned, dropped := s.Leave(ar, top, 1, &v)
	if len(returned) != 1 || len(dropped) != depth-1 || s.Len() != 0 {
		t.Errorf("%d return, %d are dropped, %d stay", len(returned), len(dropped), s.Len())
	}
	if v.asked != depth-1 {
		t.Errorf("%d frames in doubt, memory is read %d times", depth-1, v.asked)
	}
}

// TestTailLoop is a state machine of tail calls: all of them return at once.
func TestTailLoop(t *testing.T) {
	const calls = 10_000
	var s Stacks
	var v counter
	ar := s.Add(0, 0x100)
	for i := range calls {
		f := Frame{ID: uint64(i), Slot: 0x80, Return: 1}
		if s.Enter(ar, &f, false, &v); f.Depth != i {
			t.Fatalf("call %d has depth %d", i, f.Depth)
		}
	}
	returned, _ := s.Leave(ar, 0x80, 1, &v)
	if len(returned) != calls || s.Len() != 0 || v.asked != 0 {
		t.Fatalf("%d return, %d stay, memory is read %d times", len(returned), s.Len(), v.asked)
	}
	if !slices.IsSortedFunc(returned, func(a, b Frame) int { return int(b.ID) - int(a.ID) }) {
		t.Error("not innermost first")
	}
}

// TestAllocations holds that a call and its return cost no memory once their
// stack has been as deep before.
func TestAllocations(t *testing.T) {
	var s Stacks
	var v Verifier = always(true)
	ar := s.Add(0, 0x1000)
	var data any = t
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"call and return", func() {
			s.Enter(ar, &Frame{ID: 1, Slot: 0x80, Return: 1, Data: data}, true, v)
			s.Leave(ar, 0x80, 1, v)
		}},
		{"nested", func() {
			s.Enter(ar, &Frame{ID: 1, Slot: 0x80, Return: 1, Data: data}, true, v)
			s.Enter(ar, &Frame{ID: 2, Slot: 0x70, Return: 2, Data: data}, true, v)
			s.Leave(ar, 0x70, 2, v)
			s.Leave(ar, 0x80, 1, v)
		}},
		{"tail call", func() {
			s.Enter(ar, &Frame{ID: 1, Slot: 0x80, Return: 1, Data: data}, true, v)
			s.Enter(ar, &Frame{ID: 2, Slot: 0x80, Return: 1, Data: data}, false, v)
			s.Leave(ar, 0x80, 1, v)
		}},
		{"unwind", func() {
			s.Enter(ar, &Frame{ID: 1, Slot: 0x80, Return: 1, Data: data}, true, v)
			s.Enter(ar, &Frame{ID: 2, Slot: 0x70, Return: 1, Data: data}, true, v)
			s.Unwind(ar, 0x100)
		}},
	} {
		if n := testing.AllocsPerRun(1000, c.run); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
		if s.Len() != 0 {
			t.Fatalf("%s: %d frames left", c.name, s.Len())
		}
	}
}

func BenchmarkEnterLeave(b *testing.B) {
	for _, depth := range []int{1, 100, 100_000} {
		b.Run("depth="+strconv.Itoa(depth), func(b *testing.B) {
			var s Stacks
			var v Verifier = always(true)
			top := sysdeps.Addr(depth+1) * 16
			ar := s.Add(0, top)
			for i := 1; i < depth; i++ {
				s.Enter(ar, &Frame{Slot: top - sysdeps.Addr(i)*16, Return: 1}, true, v)
			}
			f := Frame{Slot: 16, Return: 2, Data: b}
			b.ReportAllocs()
			for b.Loop() {
				s.Enter(ar, &f, true, v)
				s.Leave(ar, 16, 2, v)
			}
		})
	}
}
