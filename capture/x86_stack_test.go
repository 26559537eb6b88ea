package capture

import (
	"testing"

	"sonde/sysdeps"
)

// TestStackArguments reads the arguments of i386's functions, which are on the
// stack, with the return address.
func TestStackArguments(t *testing.T) {
	const end = 0xffffe000 // of the stack's memory
	for _, c := range []struct {
		name  string
		slot  sysdeps.Addr
		stack []int32 // from the slot on
		after sysdeps.Addr
		want  string
		fails bool
	}{
		{"entered", end - 0x100, []int32{0x8049000, 1, 2, 3, 4, 5, -6, 7}, 0, "0x1, 0x2, 0x3, 0x4, 0x5, 0xfffffffa", false},
		{"near the end of the stack", end - 12, []int32{0x8049000, 1, 2}, 0, "0x1, 0x2", false},
		{"at the end of the stack", end - 4, []int32{0x8049000}, 0, "", false},
		{"no stack", end, nil, 0, "", true},
		{"about to be called", end - 0x100, []int32{-1, 1, 2, 3, 4, 5, 6, 7}, 0x8049005, "0x1, 0x2, 0x3, 0x4, 0x5, 0x6", false},
		{"about to be called, without a stack", end, nil, 0x8049005, "", false},
	} {
		f := newFake(sysdeps.I386)
		for i, w := range c.stack {
			f.word(c.slot+sysdeps.Addr(4*i), uint64(uint32(w)))
		}
		r := NewReader(limits)
		ret, err := r.Call(f.thread(), Guess(f.arch), c.slot, c.after)
		want := c.after
		if want == 0 && !c.fails {
			want = 0x8049000
		}
		if ret != want || (err != nil) != c.fails {
			t.Errorf("%s: returns to %v, %v", c.name, ret, err)
		}
		if got := showAll(r.Args()); err == nil && got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
