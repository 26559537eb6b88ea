package unwind

import (
	"slices"
	"testing"

	"sonde/sysdeps"
)

// at is an address in a test's code.
func at(off uint64) uint64 { return biasAt + codeAt + off }

// frameless walks a stack of calls whose frames are one word each, so that it is
// nothing but return addresses.
func TestWalk(t *testing.T) {
	amd64, i386 := sysdeps.AMD64, sysdeps.I386
	def := func(b ...byte) []byte { return b }
	tests := []struct {
		name    string
		arch    *sysdeps.Arch
		fde     []byte
		stack   []uint64
		want    []uint64 // behind the first
		reason  Reason
		prepare func(*program)
	}{
		{"two callers", amd64, nil, []uint64{at(8), at(16), 0}, []uint64{at(8), at(16)}, Outermost, nil},
		{"32 bits", i386, nil, []uint64{at(8), at(16), 0}, []uint64{at(8), at(16)}, Outermost, nil},
		{"undefined return address", amd64, def(cfaUndefined, 16), []uint64{at(8)}, nil, Outermost, nil},
		{"frame of 24 bytes", amd64, def(cfaDefCFAOffset, 24), []uint64{1, 2, at(8), 3, 4, 0}, []uint64{at(8)}, Outermost, nil},
		{"by frame pointer", amd64, def(cfaDefCFA, 6, 16, cfaOffset|6, 2), []uint64{7, stackAt + 32, at(8), 9, 0, 0}, []uint64{at(8)}, Outermost, func(p *program) {
			p.regs.Set(sysdeps.RBP, stackAt+8)
		}},
		{"remembered", amd64, def(cfaRememberState, cfaDefCFAOffset, 32, cfaRestoreState), []uint64{at(8), 0}, []uint64{at(8)}, Outermost, nil},
		{"value of a register", amd64, def(cfaRegister, 16, 3), nil, []uint64{at(4)}, Damaged, func(p *program) {
			p.regs.Set(sysdeps.RBX, at(4)) // still, in a function that has called
		}},
		{"expression", amd64, def(cfaDefCFAExpression, 3, opBreg0+7, 8, opNop), []uint64{at(8), 0}, []uint64{at(8)}, Outermost, nil},
		{"saved by expression", amd64, def(cfaExpression, 16, 3, opConst1u, 16, opPlus), []uint64{0, 0, 0, at(8)}, []uint64{at(8)}, NoMemory, nil},
		{"an expression that loops", amd64, def(cfaDefCFAExpression, 3, opSkip, 0xfd, 0xff), nil, nil, Work, nil},
		{"an expression without numbers", amd64, def(cfaDefCFAExpression, 1, opPlus), nil, nil, Damaged, nil},
		{"the stack cannot be read", amd64, nil, []uint64{at(8)}, []uint64{at(8)}, NoMemory, nil},
		{"a return to no code", amd64, nil, []uint64{at(8), stackAt}, []uint64{at(8), stackAt}, NoCode, nil},
		{"the CFA stands still", amd64, def(cfaDefCFAOffset, 0, cfaOffset|16, 0), []uint64{at(8), at(8)}, nil, Backwards, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code := slices.Repeat([]byte{0xcc}, codeSize)
			p := newProgram(t, test.arch, code, entries(test.arch, usual(test.arch), test.fde), words(test.arch, test.stack...))
			if test.prepare != nil {
				test.prepare(p)
			}
			var w Walker
			frames, stop := p.walk(&w)
			var got []uint64
			for i, f := range frames {
				if i == 0 {
					if f.PC != p.regs.PC() || f.Return || f.How != Given {
						t.Errorf("the first frame is %+v", f)
					}
					continue
				}
				got = append(got, uint64(f.PC))
				if !f.Return || f.How != CFI {
					t.Errorf("frame %d: return %t, by %v", i, f.Return, f.How)
				}
			}
			if !slices.Equal(got, test.want) || stop.Reason != test.reason {
				t.Errorf("callers %.100x, %v; want %#x, reason %d", got, stop, test.want, test.reason)
			}
		})
	}
}
