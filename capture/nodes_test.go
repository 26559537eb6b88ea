package capture

import (
	"strings"
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

var tLink = &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Hide}

// nodesOf is an array of integers in nodes of so many links, whose number is the last
// word of a struct of so many words.
func nodesOf(words int, n *prototype.Nodes, links int) *prototype.Type {
	n.Node, n.Value = structOf(), links+1
	for range links {
		n.Node.Fields = append(n.Node.Fields, prototype.Field{Type: tLink})
	}
	n.Node.Fields = append(n.Node.Fields, prototype.Field{Type: tLong})
	a := &prototype.Type{Kind: prototype.Array, Lens: prototype.Sized, Elem: tLong, Len: elt(int64(words)), Nodes: n}
	s := structOf()
	for range words - 1 {
		s.Fields = append(s.Fields, prototype.Field{Type: tLink})
	}
	number := *tLong
	number.Lens = prototype.Hide
	s.Fields = append(s.Fields, prototype.Field{Type: &number}, prototype.Field{Type: a})
	s.Lens = prototype.Bare
	return s
}

// The shapes of C++'s containers: {first, last, number} with nodes {next, back, value};
// {first, number} with {next, value}; {root, number} with {left, right, back, value}.
func doubly() *prototype.Type {
	return nodesOf(3, &prototype.Nodes{First: elt(1), Head: 1, Next: 1, Back: 2}, 2)
}
func singly() *prototype.Type { return nodesOf(2, &prototype.Nodes{First: elt(1), Next: 1}, 1) }
func tree() *prototype.Type {
	return nodesOf(2, &prototype.Nodes{First: elt(1), Head: 1, Left: 1, Next: 2, Back: 3}, 3)
}

// inBlocks is {table, start, number} with blocks of four integers.
func inBlocks() *prototype.Type {
	hidden := *tLong
	hidden.Lens = prototype.Hide
	s := structOf(tLink, &hidden, &hidden, &prototype.Type{
		Kind: prototype.Array, Lens: prototype.Sized, Elem: tLong, Len: elt(3),
		Blocks: &prototype.Blocks{Table: elt(1), Start: elt(2), Per: constant(4)},
	})
	s.Lens = prototype.Bare
	return s
}

// heap is the fake's memory as words, some of which are the addresses of others.
type heap struct {
	f *fake
}

// at returns the address of the n-th word.
func (h *heap) at(n int) uint64 { return fakeHeap + uint64(n*h.f.arch.PtrSize) }

func (h *heap) set(n int, words ...uint64) {
	for i, w := range words {
		h.f.word(sysdeps.Addr(h.at(n+i)), w)
	}
}

// TestNodes holds what is shown of lists and trees, and of those that are none.
func TestNodes(t *testing.T) {
	for _, c := range []struct {
		name string
		t    *prototype.Type
		set  func(h *heap)
		want string
	}{
		{"a list", doubly(), func(h *heap) {
			h.set(0, h.at(10), h.at(20), 2)
			h.set(10, h.at(20), h.at(0), 7)
			h.set(20, h.at(0), h.at(10), 8)
		}, "2:[7, 8]"},
		{"no list", doubly(), func(h *heap) { h.set(0, h.at(0), h.at(0), 0) }, "0:[]"},
		{"a list that claims more", doubly(), func(h *heap) {
			h.set(0, h.at(10), h.at(10), 3)
			h.set(10, h.at(0), h.at(0), 7)
		}, "3:[7]..."},
		{"a list that claims less", doubly(), func(h *heap) {
			h.set(0, h.at(10), h.at(20), 1)
			h.set(10, h.at(20), h.at(0), 7)
			h.set(20, h.at(0), h.at(10), 8)
		}, "1:[7]..."},
		{"a list that claims to be of negative length", doubly(), func(h *heap) {
			h.set(0, h.at(10), h.at(10), ^uint64(0))
		}, "@0x0"},
		{"a list into itself", doubly(), func(h *heap) {
			h.set(0, h.at(10), h.at(20), 9)
			h.set(10, h.at(20), h.at(0), 7)
			h.set(20, h.at(10), h.at(10), 8)
		}, "9:[7, 8, deep]..."},
		{"a list that leads nowhere", doubly(), func(h *heap) {
			h.set(0, h.at(10), h.at(20), 9)
			h.set(10, fakeGone, h.at(0), 7)
		}, "9:[7, unreadable 0xdead0000]..."},
		{"a list that does not lead back", doubly(), func(h *heap) {
			h.set(0, h.at(10), h.at(20), 2)
			h.set(10, h.at(20), h.at(20), 7)
		}, "2:[deep]..."},
		{"more than is shown", singly(), func(h *heap) {
			h.set(0, h.at(10), 100)
			for i := range 100 {
				h.set(10+i*3, h.at(10+i*3+3), uint64(i))
			}
		}, "100:[0, 1, 2, 3]..."},
		{"a ring", singly(), func(h *heap) {
			h.set(0, h.at(10), 50)
			h.set(10, h.at(20), 7)
			h.set(20, h.at(10), 8)
		}, "50:[7, 8, 7, 8]..."},
		{"elements without a list", singly(), func(h *heap) { h.set(0, 0, 2) }, "2:[]..."},
		{"a tree", tree(), func(h *heap) {
			h.set(0, h.at(10), 3)
			h.set(10, h.at(20), h.at(30), h.at(0), 2)
			h.set(20, 0, 0, h.at(10), 1)
			h.set(30, 0, 0, h.at(10), 3)
		}, "3:[1, 2, 3]"},
		{"a tree of more than is shown", tree(), func(h *heap) {
			h.set(0, h.at(10), 7)
			h.set(10, h.at(20), h.at(30), h.at(0), 4)
			h.set(20, h.at(40), h.at(50), h.at(10), 2)
			h.set(30, h.at(60), h.at(70), h.at(10), 6)
			h.set(40, 0, 0, h.at(20), 1)
			h.set(50, 0, 0, h.at(20), 3)
			h.set(60, 0, 0, h.at(30), 5)
			h.set(70, 0, 0, h.at(30), 7)
		}, "7:[1, 2, 3, 4]..."},
		{"a tree that claims less", tree(), func(h *heap) {
			h.set(0, h.at(10), 2)
			h.set(10, h.at(20), h.at(30), h.at(0), 2)
			h.set(20, 0, 0, h.at(10), 1)
			h.set(30, 0, 0, h.at(10), 3)
		}, "2:[1, 2]..."},
		{"a tree that is torn", tree(), func(h *heap) {
			h.set(0, h.at(10), 4)
			h.set(10, h.at(20), h.at(30), h.at(0), 2)
			h.set(20, h.at(0), 0, h.at(30), 1)
			h.set(30, fakeGone, 0, h.at(10), 3)
		}, "4:[deep, 2, unreadable 0xdead0000, 3]"},
		{"a tree that grows into its root", tree(), func(h *heap) {
			h.set(0, h.at(10), 4)
			h.set(10, h.at(10), h.at(30), h.at(0), 2)
			h.set(30, h.at(10), h.at(10), h.at(10), 3)
		}, "4:[deep, 2, deep, 3]"},
		{"blocks", inBlocks(), func(h *heap) {
			h.set(0, h.at(10), 3, 3)
			h.set(10, h.at(20), h.at(40))
			h.set(20, 1, 2, 3, 4)
			h.set(40, 5, 6, 7, 8)
		}, "3:[4, 5, 6]"},
		{"blocks that are not all there", inBlocks(), func(h *heap) {
			h.set(0, h.at(10), 3, 200)
			h.set(10, h.at(20), fakeGone)
			h.set(20, 1, 2, 3, 4)
		}, "200:[4, unreadable 0xdead0000, unreadable WORD1, unreadable WORD2]..."},
		{"blocks that begin behind the first", inBlocks(), func(h *heap) { h.set(0, h.at(10), 4, 3) }, "3:[]..."},
		{"no table", inBlocks(), func(h *heap) { h.set(0, fakeGone, 0, 3) }, "3:[]..."},
	} {
		both(t, func(t *testing.T, f *fake) {
			h := &heap{f: f}
			h.set(0, make([]uint64, 400)...)
			c.set(h)
			f.pass(h.at(0))
			got := f.call(t, NewReader(limits), New(f.arch, in(pointer(c.t))))
			// A word is what its machine has.
			got = strings.ReplaceAll(got, "@0xffffffff", "@0x0")
			second, third := "0xdead0008", "0xdead0010"
			if f.arch == sysdeps.I386 {
				second, third = "0xdead0004", "0xdead0008"
			}
			want := strings.NewReplacer("WORD1", second, "WORD2", third).Replace(c.want)
			if !strings.HasPrefix(got, "&{") || !strings.HasSuffix(got, ", "+want+"}") {
				t.Errorf("%s: %s, want %s", c.name, got, want)
			}
		})
	}
}

// TestNodesInFew holds that what the first elements of a large tree cost is its height.
func TestNodesInFew(t *testing.T) {
	f := newFake(sysdeps.AMD64)
	h := &heap{f: f}
	const count = 1<<12 - 1
	h.set(0, h.at(8*(1<<11)), count)
	var plant func(n, step int, above uint64)
	plant = func(n, step int, above uint64) {
		var left, right uint64
		if step > 0 {
			left, right = h.at(8*(n-step)), h.at(8*(n+step))
			plant(n-step, step/2, h.at(8*n))
			plant(n+step, step/2, h.at(8*n))
		}
		h.set(8*n, left, right, above, uint64(n))
	}
	plant(1<<11, 1<<10, h.at(0))
	f.pass(h.at(0))
	f.reads = 0
	r := NewReader(limits)
	if got, want := f.call(t, r, New(f.arch, in(pointer(tree())))), "4095:[1, 2, 3, 4]..."; !strings.Contains(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
	if r.hops > 12 {
		t.Errorf("%d rounds for a tree of 12 levels", r.hops)
	}
	if most := 2 + 4*12; f.reads > most { // each node by a request of its own, as there is no thread
		t.Errorf("%d reads, want at most %d", f.reads, most)
	}
	r = NewReader(Limits{Elements: 3000})
	if got := f.call(t, r, New(f.arch, in(pointer(tree())))); !strings.Contains(got, "4095:[1, 2, 3, 4, 5, ") || !strings.HasSuffix(got, "2999, 3000]...}") {
		t.Error(got)
	}
}

// TestNodesAllocate holds that lists and trees cost no memory either.
func TestNodesAllocate(t *testing.T) {
	f := newFake(sysdeps.AMD64)
	h := &heap{f: f}
	h.set(0, h.at(10), 3)
	h.set(10, h.at(20), h.at(30), h.at(0), 2)
	h.set(20, 0, 0, h.at(10), 1)
	h.set(30, 0, 0, h.at(10), 3)
	f.pass(h.at(0))
	r, p, th := NewReader(limits), New(f.arch, in(pointer(tree()))), f.thread()
	if n := testing.AllocsPerRun(50, func() { r.Call(th, p, fakeStack, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzNodes captures containers out of memory whose words lead to one another at
// random: each byte is one, of a number or an address.
func FuzzNodes(f *testing.F) {
	f.Add(uint8(0), []byte{138, 148, 200, 0, 0, 0, 0, 0, 0, 0, 148, 128, 7, 0, 0, 0, 0, 0, 0, 0, 138, 138, 8}) // a list into itself
	f.Add(uint8(1), []byte{138, 60, 0, 0, 0, 0, 0, 0, 0, 0, 138, 7})                                           // a ring
	f.Add(uint8(2), []byte{138, 100, 0, 0, 0, 0, 0, 0, 0, 0, 138, 138, 128, 7})                                // a tree into its root
	f.Add(uint8(2), []byte{132, 100, 0, 0, 135, 0, 128, 1, 138, 0, 132, 2, 0, 0, 0})                           // one that grows to the left
	f.Add(uint8(3), []byte{138, 3, 100, 0, 0, 0, 0, 0, 0, 0, 138, 128, 1, 140})                                // blocks that are their table
	f.Fuzz(func(t *testing.T, shape uint8, memory []byte) {
		m := newFake(machines[int(shape)%2])
		h := &heap{f: m}
		for i, b := range memory[:min(len(memory), 128)] {
			w := uint64(b)
			if b >= 128 {
				w = h.at(int(b - 128))
			}
			h.set(i, w)
		}
		of := []func() *prototype.Type{doubly, singly, tree, inBlocks}[int(shape)/2%4]()
		m.pass(h.at(0))
		r := NewReader(Limits{Elements: 40})
		if _, err := r.Call(m.thread(), New(m.arch, in(pointer(of))), fakeStack, 0); err != nil {
			t.Fatal(err)
		}
		showAll(r.Args())
		if m.reads > 40*(maxHops+maxRounds) {
			t.Errorf("%d reads", m.reads)
		}
		arg := &r.Args()[0]
		if len(arg.Elems) == 0 || len(arg.Elems[0].Elems) == 0 {
			return
		}
		fields := arg.Elems[0].Elems
		if v := &fields[len(fields)-1]; len(v.Elems) > 40 || v.State == prototype.Captured && !v.More && int64(v.Count) > int64(len(v.Elems)) {
			t.Errorf("%d elements of %d, more: %v", len(v.Elems), v.Count, v.More)
		}
	})
}
