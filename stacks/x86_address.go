package stacks

import (
	"sonde/insn"
	"sonde/sysdeps"
)

// x86General are the general registers by their numbers.
var x86General = [16]sysdeps.Reg{
	sysdeps.RAX, sysdeps.RCX, sysdeps.RDX, sysdeps.RBX, sysdeps.RSP, sysdeps.RBP, sysdeps.RSI, sysdeps.RDI,
	sysdeps.R8, sysdeps.R9, sysdeps.R10, sysdeps.R11, sysdeps.R12, sysdeps.R13, sysdeps.R14, sysdeps.R15,
}

// x86NoAddress looks for what a 64-bit instruction takes for an address that is none: the
// processor tells of a general protection alone then. Addresses have their upper bits,
// from 47 on, all the same (Intel SDM volume 1, 3.3.7.1).
func (t *taken) x86NoAddress() (a sysdeps.Addr, ok bool) {
	code := make([]byte, insn.X86MaxLen)
	n, _ := t.memory.ReadMemory(code, t.regs.PC())
	in, err := insn.DecodeX86(code[:n], insn.Mode64)
	if err != nil || t.regs.Arch != sysdeps.AMD64 {
		return 0, false
	}
	a, ok = t.x86Address(&in)
	if high := int64(a) >> 47; !ok || high == 0 || high == -1 {
		return 0, false
	}
	return a, true
}

// x86Address returns the address that an instruction uses: the first that it has to.
func (t *taken) x86Address(in *insn.X86) (sysdeps.Addr, bool) {
	if in.Kind == insn.Ret {
		var word [8]byte
		n, _ := t.memory.ReadMemory(word[:], t.regs.SP())
		return sysdeps.Addr(t.regs.Arch.Word(word[:])), n == len(word)
	}
	mem, ok := in.Memory()
	switch {
	case !ok && (in.Kind == insn.CallIndirect || in.Kind == insn.JumpIndirect) && in.Mod() == 3:
		return sysdeps.Addr(t.regs.Get(x86General[in.RM()|in.REX&insn.X86RexB<<3])), true
	case !ok || mem.RIPRel || mem.FSGS || mem.Size != 8:
		return 0, false
	}
	sum := uint64(mem.Disp)
	if mem.Base != insn.X86NoReg {
		sum += t.regs.Get(x86General[mem.Base])
	}
	if mem.Index != insn.X86NoReg {
		sum += t.regs.Get(x86General[mem.Index]) << mem.Scale
	}
	return sysdeps.Addr(sum), true
}
