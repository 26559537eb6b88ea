package unwind

import (
	"slices"
	"testing"

	"sonde/sysdeps"
)

// What is found where no call frame information is.
func TestGuess(t *testing.T) {
	// call at 0x10, returning to 0x15; call *%rax at 0x20, returning to 0x22;
	// a trampoline at 0x40.
	code := slices.Repeat([]byte{0x0f, 0x0b}, codeSize/2) // ud2: nothing to follow
	copy(code[0x10:], []byte{0xe8, 0, 1, 0, 0})
	copy(code[0x20:], []byte{0xff, 0xd0})
	copy(code[0x40:], []byte{0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05})
	copy(code[0x80:], []byte{0x53, 0x48, 0x83, 0xec, 0x10, 0x48, 0x83, 0xc4, 0x10, 0x5b, 0xc3}) // push, sub, add, pop, ret
	copy(code[0x115:], []byte{0x50, 0x51, 0x90, 0x0f, 0x0b})                                    // the function called: push, push
	back, indirect := at(0x15), at(0x22)
	frame := make([]uint64, 40)
	for i, v := range map[int]uint64{5 + 15: stackAt + 8*30, 5 + 16: at(0x8a), 5 + 10: 0x1234} { // rsp, rip and rbp of a ucontext
		frame[i] = v
	}
	frame[30] = back
	tests := []struct {
		name  string
		pc    uint64
		bp    uint64
		stack []uint64
		want  []uint64
		how   []How
	}{
		{"a call through nil", 0, 0, []uint64{back}, []uint64{back}, []How{Leaf}},
		{"a jump to nowhere", 0x10, 0, []uint64{0x1234, back}, nil, nil},
		{"a frame pointer", at(0), stackAt + 16, []uint64{1, 2, stackAt + 32, back, 0, indirect, 0}, []uint64{back, indirect}, []How{Pointer, Pointer}},
		{"a scan", at(0), 0, []uint64{1, at(3), 2, indirect, 0, 0}, []uint64{indirect}, []How{Scan}},
		{"a frame pointer that leads down", at(0), stackAt + 16, []uint64{1, 2, stackAt + 8, back, 0, 0}, []uint64{back}, []How{Scan}},
		{"to the return", at(0x80), 0, []uint64{back, 0}, []uint64{back}, []How{Code}},
		{"to the return, after a push", at(0x81), 0, []uint64{1, back, 0}, []uint64{back}, []How{Code}},
		{"to the return, before the pop", at(0x89), 0, []uint64{1, back, 0}, []uint64{back}, []How{Code}},
		{"from the call", at(0x117), 0, []uint64{indirect, indirect, back, 0}, []uint64{back}, []How{Code}},
		{"a trampoline", at(0x40), 0, frame, []uint64{at(0x8a), back}, []How{Trampoline, Code}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newProgram(t, sysdeps.AMD64, code, nil, words(sysdeps.AMD64, test.stack...))
			p.regs.SetPC(sysdeps.Addr(test.pc))
			p.regs.Set(sysdeps.RBP, test.bp)
			frames, stop := p.walk(new(Walker))
			var pcs []uint64
			var how []How
			for _, f := range frames[1:] {
				pcs, how = append(pcs, uint64(f.PC)), append(how, f.How)
			}
			if n := min(len(pcs), len(test.want)); !slices.Equal(pcs[:n], test.want) || !slices.Equal(how[:n], test.how) || len(pcs) > len(test.want) {
				t.Errorf("callers %#x by %v (%v), want %#x by %v", pcs, how, stop, test.want, test.how)
			}
			if test.pc == at(0x40) && (!frames[0].Signal || frames[1].Return) {
				t.Errorf("the trampoline's frame is %+v, the interrupted one %+v", frames[0], frames[1])
			}
		})
	}
}
