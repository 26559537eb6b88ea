package stacks

import (
	"sonde/corefile"
	"sonde/sysdeps"
)

// vectorsOf returns the vector registers of a thread in a core file; nil where it has none.
// All of the sets begin as FXSAVE writes them but i386's NT_FPREGSET. The upper halves of
// the zmm registers are not looked for.
func vectorsOf(th *corefile.Thread) *sysdeps.Vectors {
	sets := [][]byte{th.XState, th.FXState}
	if th.Regs.Arch.PtrSize == 8 {
		sets = append(sets, th.FPRegs)
	}
	for _, set := range sets {
		if len(set) > 0 {
			v := new(sysdeps.Vectors)
			v.SetLayout(copy(v.Buffer(), set), 0)
			return v
		}
	}
	return nil
}
