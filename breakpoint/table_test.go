package breakpoint

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sonde/sysdeps"
)

var errUnmapped = errors.New("unmapped")

// mapping is a piece of a fakeSpace.
type mapping struct {
	at     sysdeps.Addr
	bytes  []byte
	sealed bool // writes fail
}

// fakeSpace is the memory of a process that does not exist.
type fakeSpace struct {
	mappings []*mapping
	writes   int
}

// textAddr is where newSpace puts its code.
const textAddr sysdeps.Addr = 0x401000

// newSpace returns memory that holds code at textAddr and nothing else.
func newSpace(code ...byte) *fakeSpace {
	return &fakeSpace{mappings: []*mapping{{at: textAddr, bytes: code}}}
}

// add maps size bytes of zeros at a.
func (s *fakeSpace) add(a sysdeps.Addr, size int) *mapping {
	m := &mapping{at: a, bytes: make([]byte, size)}
	s.mappings = append(s.mappings, m)
	return m
}

func (s *fakeSpace) find(a sysdeps.Addr) *mapping {
	for _, m := range s.mappings {
		if m.at <= a && a < m.at+sysdeps.Addr(len(m.bytes)) {
			return m
		}
	}
	return nil
}

func (s *fakeSpace) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	m := s.find(a)
	if m == nil {
		return 0, errUnmapped
	}
	if n := copy(p, m.bytes[a-m.at:]); n < len(p) {
		return n, errUnmapped
	}
	return len(p), nil
}

func (s *fakeSpace) WriteMemory(p []byte, a sysdeps.Addr) error {
	m := s.find(a)
	if m == nil || m.sealed || len(p) > len(m.bytes[a-m.at:]) {
		return errUnmapped
	}
	s.writes++
	copy(m.bytes[a-m.at:], p)
	return nil
}

// fork returns a copy of the memory.
func (s *fakeSpace) fork() *fakeSpace {
	c := &fakeSpace{}
	for _, m := range s.mappings {
		c.mappings = append(c.mappings, &mapping{m.at, bytes.Clone(m.bytes), m.sealed})
	}
	return c
}

// text returns the bytes at textAddr as they are in memory, traps included.
func (s *fakeSpace) text() []byte { return s.mappings[0].bytes }

// wantText compares the code in memory with its bytes in hexadecimal.
func wantText(t *testing.T, s *fakeSpace, want string) {
	t.Helper()
	if got := fmt.Sprintf("% x", s.text()); got != want {
		t.Errorf("code %s, want %s", got, want)
	}
}

func insert(t *testing.T, tab *Table, s *fakeSpace, a sysdeps.Addr) *Breakpoint {
	t.Helper()
	b, err := tab.Insert(s, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestInsert(t *testing.T) {
	tab, space := NewTable(sysdeps.AMD64), newSpace(0x55, 0x5d, 0xc3)
	b, err := tab.Insert(space, textAddr+1, "identity")
	if err != nil {
		t.Fatal(err)
	}
	wantText(t, space, "55 cc c3")
	if b.Addr != textAddr+1 || b.Data != "identity" || b.OneShot {
		t.Errorf("%+v", b)
	}
	if space.writes != 1 {
		t.Errorf("%d writes, want one of one byte", space.writes)
	}
	if tab.Len() != 1 || tab.Find(textAddr+1) != b || tab.Find(textAddr) != nil || tab.Find(textAddr+2) != nil {
		t.Errorf("Len %d, Find %v %v %v", tab.Len(), tab.Find(textAddr), tab.Find(textAddr+1), tab.Find(textAddr+2))
	}
	// The processor stands behind the trap when it is reported.
	if tab.Trapped(textAddr+2) != b || tab.Trapped(textAddr+1) != nil {
		t.Errorf("Trapped %v %v", tab.Trapped(textAddr+2), tab.Trapped(textAddr+1))
	}
}

func TestInsertFails(t *testing.T) {
	for _, c := range []struct {
		name string
		at   sysdeps.Addr
		seal bool
		want string
	}{
		{"a second one", textAddr, false, "plant breakpoint at 0x401000: there is one"},
		{"unmapped", 0x1000, false, "plant breakpoint at 0x1000: unmapped"},
		{"behind the end", textAddr + 2, false, "plant breakpoint at 0x401002: unmapped"},
		{"not writable", textAddr + 1, true, "plant breakpoint at 0x401001: unmapped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, space := NewTable(sysdeps.AMD64), newSpace(0x55, 0x5d)
			first := insert(t, tab, space, textAddr)
			space.mappings[0].sealed = c.seal
			b, err := tab.Insert(space, c.at, nil)
			if b != nil || err == nil || err.Error() != c.want {
				t.Errorf("%v, %v, want %s", b, err, c.want)
			}
			if tab.Len() != 1 || tab.Find(textAddr) != first {
				t.Errorf("the table holds %d", tab.Len())
			}
			wantText(t, space, "cc 5d")
		})
	}
}

func TestRemove(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(*fakeSpace)
		want  string // the code after
		err   string
	}{
		{"as planted", func(*fakeSpace) {}, "55 5d", ""},
		{"replaced", func(s *fakeSpace) { s.text()[0] = 0x90 }, "90 5d", ""},
		{"the same byte put back", func(s *fakeSpace) { s.text()[0] = 0x55 }, "55 5d", ""},
		{"unmapped", func(s *fakeSpace) { s.mappings[0].at += 0x1000 }, "cc 5d", ""},
		{"not writable", func(s *fakeSpace) { s.mappings[0].sealed = true }, "cc 5d", "remove breakpoint at 0x401000: unmapped"},
	} {
		for name, remove := range map[string]func(*Table, *fakeSpace, *Breakpoint) error{
			"Remove":    func(tab *Table, s *fakeSpace, b *Breakpoint) error { return tab.Remove(s, b) },
			"RemoveAll": func(tab *Table, s *fakeSpace, _ *Breakpoint) error { return tab.RemoveAll(s) },
		} {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				tab, space := NewTable(sysdeps.AMD64), newSpace(0x55, 0x5d)
				b := insert(t, tab, space, textAddr)
				c.alter(space)
				err := remove(tab, space, b)
				if got := errorText(err); got != c.err {
					t.Errorf("%q, want %q", got, c.err)
				}
				wantText(t, space, c.want)
				if tab.Len() != 0 || tab.Find(textAddr) != nil || tab.Trapped(textAddr+1) != nil {
					t.Error("the breakpoint is still known")
				}
				if at, ok := tab.Removed(textAddr + 1); !ok || at != textAddr {
					t.Errorf("Removed: %v, %v", at, ok)
				}
			})
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestRemoveAllGoesOn removes what can be removed when one cannot.
func TestRemoveAllGoesOn(t *testing.T) {
	tab, space := NewTable(sysdeps.AMD64), newSpace(0x55, 0x5d)
	sealed := [2]*mapping{space.add(0x500000, 1), space.add(0x600000, 1)}
	for _, a := range []sysdeps.Addr{textAddr, textAddr + 1, sealed[0].at, sealed[1].at} {
		insert(t, tab, space, a)
	}
	for _, m := range sealed {
		m.sealed = true
	}
	err := tab.RemoveAll(space)
	if err == nil || !errors.Is(err, errUnmapped) {
		t.Fatal(err)
	}
	for _, want := range []string{"remove breakpoint at 0x500000: unmapped", "remove breakpoint at 0x600000: unmapped"} {
		if !slices.Contains(strings.Split(err.Error(), "\n"), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	wantText(t, space, "55 5d")
	if tab.Len() != 0 {
		t.Errorf("%d left", tab.Len())
	}
}

// TestInsertAgain plants where a breakpoint has been, over what stands there
// now.
func TestInsertAgain(t *testing.T) {
	tab, space := NewTable(sysdeps.AMD64), newSpace(0x55, 0x5d)
	if err := tab.Remove(space, insert(t, tab, space, textAddr)); err != nil {
		t.Fatal(err)
	}
	space.text()[0] = 0x90
	b := insert(t, tab, space, textAddr)
	if _, ok := tab.Removed(textAddr + 1); ok {
		t.Error("a planted breakpoint counts as removed")
	}
	if err := tab.Remove(space, b); err != nil {
		t.Fatal(err)
	}
	wantText(t, space, "90 5d")
	if _, ok := tab.Removed(textAddr + 1); !ok {
		t.Error("not known as removed the second time")
	}
}

func TestForget(t *testing.T) {
	tab, space := NewTable(sysdeps.AMD64), newSpace(1, 2, 3, 4, 5)
	for i := range sysdeps.Addr(5) {
		insert(t, tab, space, textAddr+i)
	}
	tab.Forget(textAddr+1, textAddr+4)
	for i, want := range []bool{true, false, false, false, true} {
		a := textAddr + sysdeps.Addr(i)
		if got := tab.Find(a) != nil; got != want {
			t.Errorf("at %v known: %v, want %v", a, got, want)
		}
		if _, ghost := tab.Removed(a + 1); ghost == want {
			t.Errorf("at %v removed: %v", a, ghost)
		}
	}
	wantText(t, space, "cc cc cc cc cc") // the memory is no concern of it
}

func TestRestoreCopy(t *testing.T) {
	tab, space := NewTable(sysdeps.AMD64), newSpace(1, 2, 3)
	insert(t, tab, space, textAddr)
	insert(t, tab, space, textAddr+2)
	child := space.fork()
	if err := tab.RestoreCopy(child); err != nil {
		t.Fatal(err)
	}
	wantText(t, child, "01 02 03")
	wantText(t, space, "cc 02 cc")
	if tab.Len() != 2 {
		t.Errorf("%d left in the parent's table", tab.Len())
	}
}

func TestUnpatch(t *testing.T) {
	// A program's own trap at textAddr+3, with a breakpoint of ours over
	// the one at textAddr+5.
	tab, space := NewTable(sysdeps.AMD64), newSpace(0x10, 0x11, 0x12, 0xcc, 0x14, 0xcc)
	for _, off := range []sysdeps.Addr{1, 4, 5} {
		insert(t, tab, space, textAddr+off)
	}
	for _, c := range []struct {
		name string
		at   sysdeps.Addr
		read string
		want string
	}{
		{"all", textAddr, "10 cc 12 cc cc cc", "10 11 12 cc 14 cc"},
		{"the first alone", textAddr + 1, "cc", "11"},
		{"before the first", textAddr, "10", "10"},
		{"up to the first", textAddr - 2, "cc cc 10", "cc cc 10"},
		{"up to and with the first", textAddr - 1, "cc 10 cc", "cc 10 11"},
		{"between", textAddr + 2, "12 cc", "12 cc"},
		{"from the last", textAddr + 5, "cc cc", "cc cc"},
		{"the last but one", textAddr + 4, "cc", "14"},
		{"behind the last", textAddr + 6, "cc cc", "cc cc"},
		{"far below", 0x1000, "cc cc", "cc cc"},
		{"far above", 0x7f0000000000, "cc cc", "cc cc"},
		{"replaced by the program", textAddr, "10 90 12 cc 90 cc", "10 90 12 cc 90 cc"},
		{"nothing", textAddr + 1, "", ""},
	} {
		p := unhex(t, c.read)
		tab.Unpatch(p, c.at)
		if got := fmt.Sprintf("% x", p); got != c.want {
			t.Errorf("%s: %s read at %v becomes %s, want %s", c.name, c.read, c.at, got, c.want)
		}
	}
	fresh, p := NewTable(sysdeps.AMD64), []byte{0xcc}
	if fresh.Unpatch(p, textAddr); p[0] != 0xcc {
		t.Errorf("an empty table changes 0xcc to %#x", p[0])
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	var p []byte
	for _, f := range strings.Fields(s) {
		var b byte
		if _, err := fmt.Sscanf(f, "%02x", &b); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		p = append(p, b)
	}
	return p
}

// TestUnpatchAllocates holds that hiding the traps costs no memory.
func TestUnpatchAllocates(t *testing.T) {
	tab, space := NewTable(sysdeps.AMD64), newSpace(0x55, 0x5d)
	insert(t, tab, space, textAddr)
	p := []byte{0xcc, 0x5d}
	if n := testing.AllocsPerRun(100, func() {
		p[0] = 0xcc
		tab.Unpatch(p, textAddr)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestClone holds that a fork's two tables have nothing to do with each other
// from then on.
func TestClone(t *testing.T) {
	const pool = textAddr + 0x10000
	tab, space := NewTable(sysdeps.AMD64), newSpace(0x55, 0xc3, 0x0f, 0xa2, 0x90)
	tab.ShadowStack = true
	space.add(pool, 8*slotSize)
	tab.AddPool(pool, pool+8*slotSize)
	first := insert(t, tab, space, textAddr)
	first.Data, first.OneShot = "identity", true
	cpuid := insert(t, tab, space, textAddr+2)
	regs := regsAt(cpuid.Addr)
	if way, err := tab.Pass(cpuid, regs, space, true); way != Moved || err != nil {
		t.Fatal(way, err)
	}

	child, childSpace := tab.Clone(), space.fork()
	twin := child.Find(textAddr)
	if child.Len() != 2 || twin == nil || twin == first ||
		twin.Addr != textAddr || twin.Data != "identity" || !twin.OneShot {
		t.Fatalf("the child's table holds %d, %+v", child.Len(), twin)
	}
	if !child.ShadowStack {
		t.Error("the child has lost its shadow stack")
	}
	p := []byte{0xcc}
	if child.Unpatch(p, textAddr); p[0] != 0x55 {
		t.Errorf("the child reads %#x", p[0])
	}

	// The same slot serves in the child, as it is in its memory.
	r := regsAt(cpuid.Addr)
	if way, err := child.Pass(child.Find(textAddr+2), r, childSpace, true); way != Moved || err != nil || r.PC() != pool {
		t.Errorf("the child passes %v, %v, %v", way, err, r.PC())
	}
	if own, _, ok := child.Outside(pool); !ok || own != cpuid.Addr {
		t.Errorf("outside of the child's slot: %v, %v", own, ok)
	}

	// What one of them does, the other does not see.
	if err := tab.RemoveAll(space); err != nil {
		t.Fatal(err)
	}
	tab.DropPools()
	if child.Len() != 2 {
		t.Errorf("%d left in the child", child.Len())
	}
	if _, _, ok := child.Outside(pool); !ok {
		t.Error("the child's slots are gone with the parent's")
	}
	wantText(t, childSpace, "cc c3 cc a2 90")
	if _, ok := child.Removed(textAddr + 1); ok {
		t.Error("the parent's removal counts in the child")
	}
	insert(t, child, childSpace, textAddr+4)
	if tab.Find(textAddr+4) != nil {
		t.Error("the parent knows the child's breakpoint")
	}
	if err := child.RemoveAll(childSpace); err != nil {
		t.Fatal(err)
	}
	wantText(t, childSpace, "55 c3 0f a2 90")
}

// TestCloneSlots holds that both sides of a fork give out the same slot next,
// each for an instruction of its own.
func TestCloneSlots(t *testing.T) {
	var s slotPools
	s.pools = []*slotPool{{lo: 0x10000, hi: 0x10000 + 4*slotSize}}
	a, _ := s.take(0x10000)
	b, _ := s.take(0x10000)
	s.release(a)
	c := s.clone()
	s.note(b, slotState{from: 1, next: 2, split: 1})
	for _, side := range []*slotPools{&s, &c} {
		var got []sysdeps.Addr
		for slot, ok := side.take(0x10000); ok; slot, ok = side.take(0x10000) {
			got = append(got, slot)
		}
		if want := []sysdeps.Addr{0x10000 + 2*slotSize, 0x10000 + 3*slotSize, a}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if p, i := c.find(b); p.record[i] != (slotState{}) {
		t.Errorf("a note in one is seen in the other: %+v", p.record[i])
	}
}

// ghostAt is a breakpoint that was taken out at a.
func ghostAt(a sysdeps.Addr) *Breakpoint { return &Breakpoint{Addr: a, orig: byte(a)} }

// TestGhosts holds how long a removed breakpoint is remembered: until as many
// others have been removed as there is room for.
func TestGhosts(t *testing.T) {
	room := sysdeps.Addr(maxGhosts)
	var g ghosts
	if g.has(0) || g.has(1) {
		t.Error("a ghost before the first")
	}
	for a := sysdeps.Addr(1); a <= room; a++ {
		g.add(ghostAt(a))
	}
	if !g.has(1) || !g.has(room) || g.has(room+1) {
		t.Error("the ring does not hold what it has room for")
	}
	g.add(ghostAt(room + 1))
	if g.has(1) || !g.has(2) || !g.has(room+1) {
		t.Error("the oldest does not make room")
	}
	if len(g.set) != int(room) {
		t.Errorf("%d in the set", len(g.set))
	}
	g.remove(room)
	if g.has(room) {
		t.Error("removed and still there")
	}
}

// TestGhostsAgain removes one place twice: it is remembered from the second
// time on, not only as long as the first would have been.
func TestGhostsAgain(t *testing.T) {
	room := sysdeps.Addr(maxGhosts)
	var g ghosts
	g.add(ghostAt(1))
	g.remove(1) // planted anew
	for a := sysdeps.Addr(2); a < room; a++ {
		g.add(ghostAt(a))
	}
	g.add(ghostAt(1))
	g.add(ghostAt(room)) // takes the place of the first
	if !g.has(1) {
		t.Error("forgotten although removed only just before the last")
	}
	for a := room + 1; a < 2*room-1; a++ {
		g.add(ghostAt(a))
	}
	if !g.has(1) {
		t.Error("forgotten while there was room")
	}
	g.add(ghostAt(2 * room))
	if g.has(1) {
		t.Error("remembered longer than there is room for")
	}
}

// TestRemoveAllOwnTraps holds that what the program has written since a
// breakpoint was taken out stays as it is, also when it looks like one of ours.
func TestRemoveAllOwnTraps(t *testing.T) {
	for name, out := range map[string]func(*Table, *fakeSpace, *Breakpoint) error{
		"removed": func(tab *Table, s *fakeSpace, b *Breakpoint) error { return tab.Remove(s, b) },
		"unmapped": func(tab *Table, _ *fakeSpace, b *Breakpoint) error {
			tab.Forget(b.Addr, b.Addr+1)
			return nil
		},
	} {
		tab, space := NewTable(sysdeps.AMD64), newSpace(0x55, 0x5d)
		if err := out(tab, space, insert(t, tab, space, textAddr)); err != nil {
			t.Fatal(name, err)
		}
		copy(space.text(), []byte{0xcc, 0xcc}) // as a JIT fills its code
		if err := tab.RemoveAll(space); err != nil {
			t.Fatal(name, err)
		}
		if got := space.text()[0]; got != 0xcc {
			t.Errorf("%s: the program's own trap has become %#x", name, got)
		}
	}
}

// TestRestoreCopyGhosts restores a copy that was made before a breakpoint was
// taken out of the original.
func TestRestoreCopyGhosts(t *testing.T) {
	tab, space := NewTable(sysdeps.AMD64), newSpace(1, 2, 3)
	first := insert(t, tab, space, textAddr)
	insert(t, tab, space, textAddr+1)
	child := space.fork()
	if err := tab.Remove(space, first); err != nil {
		t.Fatal(err)
	}
	insert(t, tab, space, textAddr+2) // which the copy does not have
	if err := tab.RestoreCopy(child); err != nil {
		t.Fatal(err)
	}
	wantText(t, child, "01 02 03")
	wantText(t, space, "01 cc cc")
}

// TestRepair has a fork whose memory was copied a little before its table: what
// changes between the two is mended in the copy.
func TestRepair(t *testing.T) {
	for _, c := range []struct {
		name    string
		between func(*testing.T, *Table, *fakeSpace)
		child   func(*fakeSpace)
		text    string // the child's, which was cc 5d c3
		len     int    // of the child's table
	}{
		{"nothing", func(*testing.T, *Table, *fakeSpace) {}, nil, "cc 5d c3", 1},
		{"planted", func(t *testing.T, tab *Table, s *fakeSpace) {
			insert(t, tab, s, textAddr+1)
			insert(t, tab, s, textAddr+2)
		}, nil, "cc cc cc", 3},
		{"taken out", func(t *testing.T, tab *Table, s *fakeSpace) {
			if err := tab.Remove(s, tab.Find(textAddr)); err != nil {
				t.Fatal(err)
			}
		}, nil, "55 5d c3", 0},
		{"taken out and planted", func(t *testing.T, tab *Table, s *fakeSpace) {
			if err := tab.Remove(s, tab.Find(textAddr)); err != nil {
				t.Fatal(err)
			}
			insert(t, tab, s, textAddr)
		}, nil, "cc 5d c3", 1},
		{"planted and taken out", func(t *testing.T, tab *Table, s *fakeSpace) {
			if err := tab.Remove(s, insert(t, tab, s, textAddr+1)); err != nil {
				t.Fatal(err)
			}
		}, nil, "cc 5d c3", 1},
		{
			"planted in other code", func(t *testing.T, tab *Table, s *fakeSpace) {
				copy(s.text()[1:], []byte{0x90, 0x90})
				insert(t, tab, s, textAddr+1)
			}, nil, "cc 5d c3", 1,
		},
		{
			"replaced in the child", func(*testing.T, *Table, *fakeSpace) {},
			func(s *fakeSpace) { s.text()[0] = 0x90 }, "90 5d c3", 0,
		},
		{
			"unmapped in the child", func(*testing.T, *Table, *fakeSpace) {},
			func(s *fakeSpace) { s.mappings[0].at += 0x100000 }, "cc 5d c3", 1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, space := NewTable(sysdeps.AMD64), newSpace(0x55, 0x5d, 0xc3)
			insert(t, tab, space, textAddr)
			child := space.fork()
			c.between(t, tab, space)
			if c.child != nil {
				c.child(child)
			}
			parentText := fmt.Sprintf("% x", space.text())
			twin := tab.Clone()
			if err := twin.Repair(child, space, tab); err != nil {
				t.Fatal(err)
			}
			wantText(t, child, c.text)
			wantText(t, space, parentText)
			if twin.Len() != c.len {
				t.Errorf("the child's table holds %d, want %d", twin.Len(), c.len)
			}
			for _, b := range twin.byAddr {
				if child.find(b.Addr) == nil {
					continue
				}
				if got := child.text()[b.Addr-textAddr]; got != 0xcc {
					t.Errorf("at %v the child has %#x", b.Addr, got)
				}
			}
		})
	}
}

// TestRepairSlots has slots filled, and a pool mapped, between the copying of
// the memory and the report of the fork.
func TestRepairSlots(t *testing.T) {
	const early, late = textAddr + 0x10000, textAddr + 0x20000
	tab, space := NewTable(sysdeps.AMD64), newSpace(0x0f, 0xa2, 0x0f, 0x31, 0x0f, 0xa2, 0x90)
	move := func(tab *Table, s *fakeSpace, a sysdeps.Addr) (Way, sysdeps.Addr) {
		t.Helper()
		r := regsAt(a)
		way, err := tab.Pass(tab.Find(a), r, s, true)
		if err != nil {
			t.Fatal(err)
		}
		return way, r.PC()
	}
	for off := range sysdeps.Addr(4) {
		insert(t, tab, space, textAddr+2*off)
	}
	space.add(early, 2*slotSize)
	tab.AddPool(early, early+2*slotSize)
	if way, pc := move(tab, space, textAddr); way != Moved || pc != early {
		t.Fatal(way, pc)
	}
	child := space.fork()
	if way, pc := move(tab, space, textAddr+2); way != Moved || pc != early+slotSize {
		t.Fatal(way, pc)
	}
	space.add(late, slotSize)
	tab.AddPool(late, late+slotSize)
	if way, pc := move(tab, space, textAddr+4); way != Moved || pc != late {
		t.Fatal(way, pc)
	}

	twin := tab.Clone()
	if err := twin.Repair(child, space, tab); err != nil {
		t.Fatal(err)
	}
	if !twin.HasPool(early) || twin.HasPool(late) || twin.HasPool(early+slotSize) {
		t.Errorf("the child has the early pool: %v, the late one: %v", twin.HasPool(early), twin.HasPool(late))
	}
	if !tab.HasPool(early) || !tab.HasPool(late) {
		t.Error("the parent has lost a pool")
	}
	if got, want := child.find(early).bytes, space.find(early).bytes; !bytes.Equal(got, want) {
		t.Errorf("the child's slots hold % x, want % x", got, want)
	}
	for _, c := range []struct {
		at   sysdeps.Addr
		way  Way
		goes sysdeps.Addr
	}{
		{textAddr, Moved, early},
		{textAddr + 2, Moved, early + slotSize},
		{textAddr + 4, NeedPool, textAddr + 4},
		{textAddr + 6, Moved, textAddr + 7},
	} {
		if way, pc := move(twin, child, c.at); way != c.way || pc != c.goes {
			t.Errorf("at %v the child passes %v to %v, want %v to %v", c.at, way, pc, c.way, c.goes)
		}
	}
	if way, pc := move(tab, space, textAddr+4); way != Moved || pc != late {
		t.Errorf("the parent passes %v to %v", way, pc)
	}
}
