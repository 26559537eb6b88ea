package breakpoint

import "sonde/sysdeps"

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

func (in *x86Insn) operand(number, size uint8) x86Operand {
	if size == 1 && in.rex == 0 && number >= 4 {
		return x86Operand{reg: x86GPR[number-4], size: 1, shift: 8}
	}
	return x86Operand{reg: x86GPR[number], size: size}
}

// x86RM, x86Reg and x86OpcodeReg return the register that ModRM's rm field,
// its reg field, or the opcode's low three bits name.
func x86RM(in *x86Insn, size uint8) x86Operand {
	return in.operand(in.rm()|in.rex&x86RexB<<3, size)
}

func x86Reg(in *x86Insn, size uint8) x86Operand {
	return in.operand(in.reg()|in.rex&x86RexR<<1, size)
}

func x86OpcodeReg(in *x86Insn, size uint8) x86Operand {
	return in.operand(in.op&7|in.rex&x86RexB<<3, size)
}

// operandSize is the size of the operands of an instruction whose opcode's low
// bit chooses between bytes and larger.
func (in *x86Insn) operandSize() uint8 {
	switch {
	case in.opmap == 0 && in.op&1 == 0 && in.op != 0x98 && in.op&^7 != 0xb8:
		return 1
	case in.wide():
		return 8
	case in.has(x86OpSize):
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

// x86Address is a memory operand: base + index<<scale + disp.
type x86Address struct {
	base, index       sysdeps.Reg
	hasBase, hasIndex bool
	scale             uint8
	addr32            bool // the sum is cut to 32 bits
	disp              uint64
}

// x86MemoryOperand returns the address of the instruction's memory operand. ok
// is false where it counts from FS or GS.
func x86MemoryOperand(in *x86Insn, next sysdeps.Addr) (mem x86Address, ok bool) {
	if in.mod() == 3 || in.has(x86FSGS) {
		return x86Address{}, false
	}
	return x86EffectiveAddress(in, next), true
}

// x86EffectiveAddress returns the memory operand without its segment's base,
// as lea wants it (Intel SDM volume 2, tables 2-2, 2-3 and 2-5).
func x86EffectiveAddress(in *x86Insn, next sysdeps.Addr) x86Address {
	mem := x86Address{disp: uint64(int64(in.disp)), addr32: in.has(x86AddrSize)}
	base := in.rm()
	if base == 4 {
		base = in.sib & 7
		index := in.sib>>3&7 | in.rex&x86RexX<<2
		mem.hasIndex = index != 4
		mem.index = x86GPR[index]
		mem.scale = in.sib >> 6
	}
	switch {
	case in.RIPRel != 0:
		mem.disp += uint64(next)
	case in.mod() == 0 && base == 5: // disp32 alone, or with an index
	default:
		mem.hasBase = true
		mem.base = x86GPR[base|in.rex&x86RexB<<3]
	}
	return mem
}

func (mem *x86Address) of(r *sysdeps.Regs) sysdeps.Addr {
	a := mem.disp
	if mem.hasBase {
		a += r.Get(mem.base)
	}
	if mem.hasIndex {
		a += r.Get(mem.index) << mem.scale
	}
	if mem.addr32 {
		a = uint64(uint32(a))
	}
	return sysdeps.Addr(a)
}
