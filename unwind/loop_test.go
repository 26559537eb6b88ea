package unwind

import (
	"slices"
	"testing"

	"sonde/sysdeps"
)

// TestLoops walks stacks whose frames lead back to where the walk has been: it ends after a
// number of frames that it has a bound for.
func TestLoops(t *testing.T) {
	amd64 := sysdeps.AMD64
	byPointer := []byte{cfaDefCFA, 6, 16, cfaOffset | 6, 2, cfaOffset | 16, 1} // rbp+16
	// const8u N, for the CFA: the same for ever.
	const opConst8u = 0x0e
	constant := slices.Concat([]byte{cfaDefCFAExpression, 9, opConst8u}, words(amd64, stackAt+16), []byte{cfaOffset | 16, 1})
	sigreturn := amd64.Trampolines[0].Code
	// A frame of a signal that has interrupted the trampoline, at the same stack pointer.
	interrupted := make([]uint64, 40)
	interrupted[5+15], interrupted[5+16] = stackAt, at(0x40) // rsp and rip of a ucontext
	for _, test := range []struct {
		name  string
		fde   []byte // nil for no table
		pc    uint64
		bp    uint64
		stack []uint64
		alt   []uint64
		most  int // frames
	}{
		{"a frame pointer that points at itself", byPointer, at(8), stackAt, []uint64{stackAt, at(8), 0}, nil, 2},
		{"two that point at each other", byPointer, at(8), stackAt, []uint64{stackAt + 32, at(8), 0, 0, stackAt, at(8), 0}, nil, 3},
		{"a constant", constant, at(8), 0, []uint64{0, at(8), 0}, nil, 2},
		{"two stacks that lead to each other", byPointer, at(8), stackAt, []uint64{altAt, at(8)}, []uint64{stackAt, at(8)}, 2*maxSwitches + 2},
		{"a signal that interrupts its own return", nil, at(0x40), 0, interrupted, nil, maxSwitches + 2},
		{"frame pointers without a table", nil, at(0), stackAt + 16, []uint64{1, 2, stackAt + 32, at(0x15), stackAt + 16, at(0x15)}, nil, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			code := slices.Repeat([]byte{0x0f, 0x0b}, codeSize/2) // ud2: nothing to follow
			copy(code[0x10:], []byte{0xe8, 0, 1, 0, 0})
			copy(code[0x40:], sigreturn)
			var frame []byte
			if test.fde != nil {
				frame = entries(amd64, nil, test.fde)
			}
			p := newProgram(t, amd64, code, frame, words(amd64, test.stack...))
			copy(p.mem[2].data, words(amd64, test.alt...))
			p.regs.SetPC(sysdeps.Addr(test.pc))
			p.regs.Set(sysdeps.RBP, test.bp)
			frames, stop := p.walk(&Walker{Limit: 10_000})
			if len(frames) > test.most || stop.Complete() || stop.Reason == Limit {
				t.Errorf("%d frames, want %d at most: %v", len(frames), test.most, stop)
			}
		})
	}
}
