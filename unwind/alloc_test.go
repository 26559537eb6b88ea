package unwind

import (
	"slices"
	"testing"

	"sonde/sysdeps"
)

// deepStack is a stack of n frames of 48 bytes each, which save three registers.
func deepStack(t testing.TB, n int) *program {
	fde := []byte{cfaDefCFAOffset, 48, cfaOffset | 3, 2, cfaOffset | 6, 3, cfaOffset | 12, 4}
	var stack []uint64
	for i := range uint64(n) {
		stack = append(stack, 1, 2, i, i+1, i+2, at(8*(i%100)+8))
	}
	stack[len(stack)-1] = 0
	arch := sysdeps.AMD64
	return newProgram(t, arch, slices.Repeat([]byte{0xcc}, codeSize), entries(arch, usual(arch), fde), words(arch, stack...))
}

// Once rows are known, walking allocates nothing.
func TestWalkAllocates(t *testing.T) {
	p := deepStack(t, 200)
	var w Walker
	var mem sysdeps.Memory = p.mem
	n := 0
	allocs := testing.AllocsPerRun(10, func() {
		w.Start(mem, p.images, &p.regs)
		for n = 0; ; n++ {
			if _, ok := w.Next(); !ok {
				break
			}
		}
	})
	if n != 200 || !w.Stopped().Complete() || allocs != 0 {
		t.Errorf("%d frames, %v, %v allocations", n, w.Stopped(), allocs)
	}
}

// BenchmarkFirstFrame is one frame whose row is read out of its section.
func BenchmarkFirstFrame(b *testing.B) {
	p := deepStack(b, 1)
	var mem sysdeps.Memory = p.mem
	for b.Loop() {
		var w Walker
		w.Start(mem, p.images, &p.regs)
		if _, ok := w.Next(); !ok {
			b.Fatal(w.Stopped())
		}
	}
}

// BenchmarkFrame is one frame whose row is known.
func BenchmarkFrame(b *testing.B) {
	const depth = 200
	p := deepStack(b, depth)
	var w Walker
	var mem sysdeps.Memory = p.mem
	for n := 0; n < b.N; n += depth {
		w.Start(mem, p.images, &p.regs)
		for _, ok := w.Next(); ok; _, ok = w.Next() {
		}
	}
}
