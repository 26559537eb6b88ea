package unwind

import (
	"sonde/elfsym"
	"sonde/sysdeps"
)

// StartPartial begins a walk as Start does, where not all registers are known but those
// that are told, the program counter and the stack pointer among them. What the others
// were is taken from the stack where a function has stored it there; a frame that needs
// one which nothing tells is the last one.
func (w *Walker) StartPartial(m sysdeps.Memory, im *elfsym.Images, r *sysdeps.Regs, known ...sysdeps.Reg) {
	w.Start(m, im, r)
	regs := &w.frame.Registers
	regs.known = 0
	for _, reg := range known {
		if n := r.Arch.DWARFNumber(reg); n >= 0 {
			regs.set(uint8(n), r.Get(reg))
		}
	}
}

// StartParked is StartPartial for a stack that no thread is on: of a coroutine, whose
// program counter is where the call that switched to another one comes back to, or where
// it is to begin.
func (w *Walker) StartParked(m sysdeps.Memory, im *elfsym.Images, r *sysdeps.Regs, known ...sysdeps.Reg) {
	w.StartPartial(m, im, r, known...)
	w.frame.Return = w.returnAddress(w.frame.PC) && !w.begins(w.frame.PC)
}
