package stacks

import "sonde/sysdeps"

// Given is a stack that no thread is on, as a coroutine's is that waits for its turn.
type Given struct {
	SP, PC sysdeps.Addr
	FP     sysdeps.Addr // the frame pointer; 0 where it is not known
}

// walkGiven walks such a stack.
func (w *walker) walkGiven(g Given, arch *sysdeps.Arch) Thread {
	t := Thread{Stack: g.SP.String(), Frames: []Frame{}}
	r := sysdeps.Regs{Arch: arch}
	known := []sysdeps.Reg{sysdeps.RSP, sysdeps.RIP}
	r.SetSP(g.SP)
	r.SetPC(g.PC)
	if g.FP != 0 {
		r.Set(sysdeps.RBP, uint64(g.FP))
		known = append(known, sysdeps.RBP)
	}
	w.StartParked(w.memory, w.images, &r, known...)
	w.frames(arch, &t)
	return t
}
