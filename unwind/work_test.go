package unwind

import (
	"math/rand/v2"
	"testing"

	"sonde/sysdeps"
)

// A stack full of return addresses, into code that branches and calls all over, is
// walked with no more work than the bound.
func TestWork(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		code := make([]byte, codeSize)
		pieces := [][]byte{{0x53}, {0x5b}, {0x75, 10}, {0x74, 0xf0}, {0xe8, 1, 0, 0, 0}, {0xeb, 4}, {0x90}, {0xff, 0xd0}, {0xe8, 0xf0, 0xff, 0xff, 0xff}, {0x48, 0x83, 0xec, 8}}
		for i := 0; i < len(code)-8; {
			p := pieces[r.IntN(len(pieces))]
			copy(code[i:], p)
			i += len(p)
		}
		stack := make([]uint64, 8192)
		for i := range stack {
			stack[i] = at(uint64(r.IntN(codeSize)))
		}
		p := newProgram(t, sysdeps.AMD64, code, nil, words(sysdeps.AMD64, stack...))
		p.regs.SetPC(sysdeps.Addr(at(uint64(r.IntN(codeSize)))))
		var w Walker
		n := 0
		for range w.Walk(p.mem, p.images, &p.regs) {
			n++
		}
		if stop := w.Stopped(); stop.Complete() || n < 2 || w.work > maxWork+maxFollowed {
			t.Errorf("%d frames, %d steps, %v", n, w.work, stop)
		}
	}
}
