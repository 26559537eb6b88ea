package breakpoint

import (
	"sonde/insn"
	"sonde/sysdeps"
)

// x86GPR are the general registers in the order of their numbers.
var x86GPR = [16]sysdeps.Reg{
	sysdeps.RAX, sysdeps.RCX, sysdeps.RDX, sysdeps.RBX,
	sysdeps.RSP, sysdeps.RBP, sysdeps.RSI, sysdeps.RDI,
	sysdeps.R8, sysdeps.R9, sysdeps.R10, sysdeps.R11,
	sysdeps.R12, sysdeps.R13, sysdeps.R14, sysdeps.R15,
}

// x86Operand is a general register, or the low part of one, or ah, ch, dh, bh.
type x86Operand struct {
	reg   sysdeps.Reg
	size  uint8 // bytes
	shift uint8 // 8 for ah, ch, dh, bh
}

func x86GPROperand(in *insn.X86, number, size uint8) x86Operand {
	if size == 1 && in.REX == 0 && number >= 4 {
		return x86Operand{reg: x86GPR[number-4], size: 1, shift: 8}
	}
	return x86Operand{reg: x86GPR[number], size: size}
}

// x86RM, x86Reg and x86OpcodeReg return the register that ModRM's rm field,
// its reg field, or the opcode's low three bits name.
func x86RM(in *insn.X86, size uint8) x86Operand {
	return x86GPROperand(in, in.RM()|in.REX&insn.X86RexB<<3, size)
}

func x86Reg(in *insn.X86, size uint8) x86Operand {
	return x86GPROperand(in, in.Reg()|in.REX&insn.X86RexR<<1, size)
}

func x86OpcodeReg(in *insn.X86, size uint8) x86Operand {
	return x86GPROperand(in, in.Op&7|in.REX&insn.X86RexB<<3, size)
}

// x86OperandSize is the size of the operands of an instruction whose opcode's low
// bit chooses between bytes and larger.
func x86OperandSize(in *insn.X86) uint8 {
	switch {
	case in.Map == 0 && in.Op&1 == 0 && in.Op != 0x98 && in.Op&^7 != 0xb8:
		return 1
	case in.Wide():
		return 8
	case in.Has(insn.X86OpSize):
		return 2
	}
	return 4
}

func (o x86Operand) get(r *sysdeps.Regs) uint64 {
	return r.Get(o.reg) >> o.shift & (^uint64(0) >> (64 - 8*o.size))
}

// set stores the operand's size of v. A result of 32 bits clears the upper
// half of its register, a smaller one leaves the rest alone (Intel SDM volume
// 1, 3.4.1.1).
func (o x86Operand) set(r *sysdeps.Regs, v uint64) {
	switch o.size {
	case 8:
	case 4:
		v = uint64(uint32(v))
	default:
		mask := (uint64(1)<<(8*o.size) - 1) << o.shift
		v = r.Get(o.reg)&^mask | v<<o.shift&mask
	}
	r.Set(o.reg, v)
}

// x86Address is a memory operand: base + index<<scale + disp, cut by mask.
type x86Address struct {
	base, index       sysdeps.Reg
	hasBase, hasIndex bool
	scale             uint8
	mask, disp        uint64
}

// x86MemoryOperand returns the address of the instruction's memory operand. ok
// is false where it counts from FS or GS.
func x86MemoryOperand(in *insn.X86, next sysdeps.Addr) (mem x86Address, ok bool) {
	if in.Has(insn.X86FSGS) {
		return x86Address{}, false
	}
	return x86EffectiveAddress(in, next)
}

// x86EffectiveAddress returns the memory operand without its segment's base,
// as lea wants it.
func x86EffectiveAddress(in *insn.X86, next sysdeps.Addr) (mem x86Address, ok bool) {
	m, ok := in.Memory()
	if !ok {
		return x86Address{}, false
	}
	mem = x86Address{disp: uint64(m.Disp), scale: m.Scale, mask: ^uint64(0) >> (64 - 8*m.Size)}
	if m.RIPRel {
		mem.disp += uint64(next)
	}
	if mem.hasBase = m.Base != insn.X86NoReg; mem.hasBase {
		mem.base = x86GPR[m.Base]
	}
	if mem.hasIndex = m.Index != insn.X86NoReg; mem.hasIndex {
		mem.index = x86GPR[m.Index]
	}
	return mem, true
}

func (mem *x86Address) of(r *sysdeps.Regs) sysdeps.Addr {
	a := mem.disp
	if mem.hasBase {
		a += r.Get(mem.base)
	}
	if mem.hasIndex {
		a += r.Get(mem.index) << mem.scale
	}
	return sysdeps.Addr(a & mem.mask)
}
