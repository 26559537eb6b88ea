package capture

import (
	"encoding/binary"
	"strings"
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

// inGroups is {number, entries of the directory, directory} with groups of eight integers.
func inGroups() *prototype.Type {
	hidden := *tLong
	hidden.Lens = prototype.Hide
	control := &prototype.Type{Kind: prototype.Int, Size: 8, Unsigned: true}
	s := structOf(&hidden, &hidden, tLink, &prototype.Type{
		Kind: prototype.Array, Lens: prototype.Sized, Elem: tInt, Len: elt(1),
		Groups: &prototype.Groups{
			Group: structOf(control, &prototype.Type{Kind: prototype.Array, Elem: tInt, Len: constant(8)}),
			Table: structOf(tLink, tLong), Dir: elt(3), Tables: elt(2),
		},
	})
	s.Lens = prototype.Bare
	return s
}

// group stores a group whose slots have the integers from first on, in use where used has
// a bit.
func group(f *fake, a sysdeps.Addr, used byte, first int32) {
	var p [8 + 8*4]byte
	for i := range 8 {
		p[i] = 0x11
		if used>>i&1 == 0 {
			p[i] = 0x80 | byte(i%2)*0x7e // empty, or deleted
		}
		binary.LittleEndian.PutUint32(p[8+4*i:], uint32(first)+uint32(i))
	}
	f.write(a, p[:])
}

// TestGroups holds what is shown of hash tables, and of those that are none.
func TestGroups(t *testing.T) {
	const (
		groups = fakeHeap + 0x1000
		size   = 8 + 8*4 // of one
		others = fakeHeap + 0x4000
	)
	for _, c := range []struct {
		name string
		set  func(h *heap)
		want string
	}{
		{"none", func(h *heap) { h.set(0, 0, 0, 0) }, "0:[]"},
		{"none in a group", func(h *heap) {
			h.set(0, 0, 0, groups)
			group(h.f, groups, 0xff, 1)
		}, "0:[]"},
		{"one group", func(h *heap) {
			h.set(0, 3, 0, groups)
			group(h.f, groups, 0b01100010, 1)
		}, "3:[2, 6, 7]"},
		{"one group, and more than are shown", func(h *heap) {
			h.set(0, 6, 0, groups)
			group(h.f, groups, 0b01111011, 1)
		}, "6:[1, 2, 4, 5]..."},
		{"a group that claims less", func(h *heap) {
			h.set(0, 2, 0, groups)
			group(h.f, groups, 0xff, 1)
		}, "2:[1, 2]"},
		{"a group that claims more", func(h *heap) {
			h.set(0, 3, 0, groups)
			group(h.f, groups, 0b10, 1)
		}, "3:[2]..."},
		{"a table", func(h *heap) {
			h.set(0, 3, 1, h.at(10))
			h.set(10, h.at(20))
			h.set(20, groups, 3)
			group(h.f, groups, 0b1, 10)
			group(h.f, groups+size, 0, 20)
			group(h.f, groups+2*size, 0b10, 30)
			group(h.f, groups+3*size, 0b10000000, 40)
		}, "3:[10, 31, 47]"},
		{"tables", func(h *heap) {
			h.set(0, 3, 4, h.at(10))
			h.set(10, h.at(20), h.at(20), h.at(30), h.at(30))
			h.set(20, groups, 0)
			h.set(30, others, 1)
			group(h.f, groups, 0b1, 10)
			group(h.f, others, 0, 20)
			group(h.f, others+size, 0b11, 30)
		}, "3:[10, 30, 31]"},
		{"a table in several places", func(h *heap) {
			h.set(0, 4, 3, h.at(10))
			h.set(10, h.at(20), h.at(30), h.at(20))
			h.set(20, groups, 0)
			h.set(30, others, 0)
			group(h.f, groups, 0b1, 10)
			group(h.f, others, 0b1, 20)
		}, "4:[10, 20]..."},
		{"a table that claims to be huge", func(h *heap) {
			h.set(0, 2, 2, h.at(10))
			h.set(10, h.at(20), h.at(30))
			h.set(20, groups, 1<<31-1)
			h.set(30, others, 0)
			group(h.f, groups, 0b1, 10)
			group(h.f, others, 0b1, 20)
		}, "2:[20]..."},
		{"groups that are not there", func(h *heap) {
			h.set(0, 2, 2, h.at(10))
			h.set(10, h.at(20), h.at(30))
			h.set(20, fakeGone, 0)
			h.set(30, others, 0)
			group(h.f, others, 0b1, 20)
		}, "2:[20]..."},
		{"groups that are not all there", func(h *heap) {
			edge := sysdeps.Addr(fakeHeap + 0x9000)
			h.set(0, 2, 1, h.at(10))
			h.set(10, h.at(20))
			h.set(20, uint64(edge-size), 1)
			group(h.f, edge-size, 0b1, 10)
		}, "2:[10]..."},
		{"a table that is not there", func(h *heap) {
			h.set(0, 2, 1, h.at(10))
			h.set(10, fakeGone)
		}, "2:[]..."},
		{"no directory", func(h *heap) { h.set(0, 2, 1, fakeGone) }, "2:[]..."},
		{"a directory at 0", func(h *heap) { h.set(0, 2, 1, 0) }, "2:[]..."},
		{"a directory of less than none", func(h *heap) { h.set(0, 2, 1<<64-1, groups) }, "@0x0"},
		{"less than none", func(h *heap) { h.set(0, 1<<64-1, 0, groups) }, "@0x0"},
	} {
		both(t, func(t *testing.T, f *fake) {
			h := &heap{f: f}
			h.set(0, make([]uint64, 100)...)
			c.set(h)
			f.pass(h.at(0))
			got := f.call(t, NewReader(limits), New(f.arch, in(pointer(inGroups()))))
			if !strings.HasSuffix(got, ", "+c.want+"}") {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		})
	}
}
