package snapshot

import (
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// ReadVectors reads the vector registers of all threads, which few need: where a variable
// of an innermost function may be.
func (h *Held) ReadVectors() {
	for _, t := range h.Threads {
		if t.Err != nil {
			continue
		}
		v := new(sysdeps.Vectors)
		if ptrace.GetVectors(t.TID, t.Regs.Arch, v) == nil { // else they are not known
			t.Vectors = v
		}
	}
}
