package unwind

import (
	"bytes"

	"sonde/sysdeps"
)

// trampoline returns the row of a place in code that signal handlers return to, by
// the bytes of that; nil where there is none.
func (w *Walker) trampoline(pc sysdeps.Addr) *row {
	var code [16]byte
	for i := range w.arch.Trampolines {
		t := &w.arch.Trampolines[i]
		for j, start := range t.Starts {
			p := code[:len(t.Code)]
			if w.mem.read(p, pc-sysdeps.Addr(start)) && bytes.Equal(p, t.Code) {
				return signalRow(w.arch, t, t.At[j])
			}
		}
	}
	return nil
}

// signalRow is the row of a trampoline, from where the saved registers are at a
// distance from the stack pointer.
func signalRow(arch *sysdeps.Arch, t *sysdeps.Trampoline, at int) *row {
	sp := uint8(arch.DWARFNumber(sysdeps.RSP))
	r := &row{how: Trampoline, signal: true, ra: uint8(arch.DWARFNumber(sysdeps.RIP))}
	for _, s := range t.Saved {
		to := rule{kind: ruleAt, reg: uint8(arch.DWARFNumber(s.Reg)), base: sp, val: int32(at + s.Off)}
		if s.Reg == sysdeps.RSP {
			r.cfa = to
		}
		r.add(to)
	}
	return r
}
