package unwind

import (
	"testing"

	"sonde/sysdeps"
)

// FuzzRows looks up places in call frame information that may be anything: a row
// is one that can be used, or there is none.
func FuzzRows(f *testing.F) {
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		f.Add(entries(arch, usual(arch), []byte{cfaDefCFAOffset, 48, cfaOffset | 3, 2}), arch == sysdeps.AMD64, true)
		f.Add(entries(arch, usual(arch), []byte{cfaRememberState, cfaDefCFAExpression, 2, opBreg0 + 7, 8, cfaRestoreState}), arch == sysdeps.AMD64, true)
		f.Add(entries(arch, usual(arch), []byte{cfaExpression, 16, 2, opConst1u, 8, cfaAdvanceLoc | 4, cfaRestore | 16}), arch == sysdeps.AMD64, false)
	}
	f.Fuzz(func(t *testing.T, data []byte, wide, eh bool) {
		arch := sysdeps.AMD64
		if !wide {
			arch = sysdeps.I386
		}
		header, _ := newSearchTable(arch, headerAt, data)
		for _, table := range []searchTable{{}, header} {
			s := section{arch: arch, addr: frameAt, data: data, eh: eh, header: table}
			for pc := uint64(codeAt - 4); pc < codeAt+64; pc += 4 {
				fde, ok := s.find(pc)
				if !ok {
					continue
				}
				if pc < fde.lo || pc >= fde.hi {
					t.Fatalf("%#x is outside of %#x-%#x", pc, fde.lo, fde.hi)
				}
				if r := s.row(&fde, pc, CFI); r != nil {
					checkRow(t, arch, r)
				}
			}
		}
	})
}

// checkRow holds a row against what walking depends on.
func checkRow(t *testing.T, arch *sysdeps.Arch, r *row) {
	t.Helper()
	known := len(arch.DWARFRegs)
	check := func(to *rule) {
		if (to.kind == ruleExpr || to.kind == ruleValExpr) && int(to.val) >= len(r.expr) {
			t.Fatalf("expression %d of %d", to.val, len(r.expr))
		}
		if int(to.base) >= known && to.base != baseCFA {
			t.Fatalf("a rule from register %d", to.base)
		}
	}
	check(&r.cfa)
	for i := range r.rules[:r.n] {
		if check(&r.rules[i]); int(r.rules[i].reg) >= known {
			t.Fatalf("a rule for register %d", r.rules[i].reg)
		}
	}
	if int(r.ra) >= known {
		t.Fatalf("the return address in register %d", r.ra)
	}
}

// FuzzWalk walks a stack, in a file and with registers, that may be anything: it
// ends, and says why.
func FuzzWalk(f *testing.F) {
	amd64, i386 := sysdeps.AMD64, sysdeps.I386
	code := []byte{0x53, 0x48, 0x83, 0xec, 0x10, 0xe8, 0, 0, 0, 0, 0x48, 0x83, 0xc4, 0x10, 0x5b, 0xc3}
	trampoline := amd64.Trampolines[0].Code
	f.Add(entries(amd64, usual(amd64), []byte{cfaDefCFAOffset, 24}), code, words(amd64, 1, 2, at(10), 3, 4, at(10), 0), uint64(at(4)), uint64(stackAt), true)
	f.Add(entries(i386, usual(i386), []byte{cfaDefCFAOffset, 12}), code, words(i386, 1, 2, at(10), 3, 4, at(10), 0), uint64(at(4)), uint64(0x7ff00000), false)
	f.Add([]byte{}, code, words(amd64, 1, at(10), 1, 2, 3, at(10)), uint64(at(1)), uint64(stackAt), true)
	f.Add([]byte{}, trampoline, make([]byte, 300), uint64(at(0)), uint64(stackAt), true)
	f.Add([]byte{}, i386.Trampolines[1].Code, make([]byte, 300), uint64(at(0)), uint64(0x7ff00000), false)
	f.Fuzz(func(t *testing.T, frame, code, stack []byte, pc, sp uint64, wide bool) {
		if len(frame) > 1<<16 || len(code) > codeSize || len(stack) > 1<<16 {
			return
		}
		arch := amd64
		if !wide {
			arch = i386
		}
		p := newProgram(t, arch, code, frame, stack)
		p.regs.SetPC(sysdeps.Addr(pc))
		p.regs.SetSP(sysdeps.Addr(sp))
		p.regs.Set(sysdeps.RBP, sp+16)
		w := Walker{Limit: 1000}
		n := 0
		for range w.Walk(p.mem, p.images, &p.regs) {
			n++
		}
		stop := w.Stopped()
		if n < 1 || n > w.Limit || stop.Reason == Enough || stop.Error() == "" {
			t.Fatalf("%d frames, %v", n, stop)
		}
		again := 0
		for range w.Walk(p.mem, p.images, &p.regs) {
			again++
		}
		if again != n {
			t.Fatalf("%d frames, and then %d", n, again)
		}
	})
}
