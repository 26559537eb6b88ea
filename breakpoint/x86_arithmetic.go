package breakpoint

import (
	"math/bits"

	"sonde/insn"
	"sonde/sysdeps"
)

// The arithmetic operations, by the number that opcodes and the reg field of
// group 1 give them (Intel SDM volume 2, table A-6).
const (
	x86Add = iota
	x86Or
	x86Adc
	x86Sbb
	x86And
	x86Sub
	x86Xor
	x86Cmp
	x86Test // has opcodes of its own
)

// x86EmulateALU covers those operations on a register with a register or an
// immediate.
func x86EmulateALU(in *insn.X86, next sysdeps.Addr) x86Effect {
	if in.Map != 0 || in.HasModRM && in.Mod() != 3 {
		return nil
	}
	size := x86OperandSize(in)
	rm, reg := x86RM(in, size), x86Reg(in, size)
	acc := x86Operand{reg: sysdeps.RAX, size: size}
	imm := uint64(in.Imm)
	switch op := in.Op; {
	case op < 0x40:
		alu := op >> 3
		switch op & 7 {
		case 0, 1:
			return x86EmulateRegReg(alu, rm, reg, next)
		case 2, 3:
			return x86EmulateRegReg(alu, reg, rm, next)
		case 4, 5:
			return x86EmulateRegImm(alu, acc, imm, next)
		}
	case op == 0x80, op == 0x81, op == 0x83:
		return x86EmulateRegImm(in.Reg(), rm, imm, next)
	case op&^1 == 0x84:
		return x86EmulateRegReg(x86Test, rm, reg, next)
	case op&^1 == 0xa8:
		return x86EmulateRegImm(x86Test, acc, imm, next)
	case op&^1 == 0xf6 && in.Reg() <= 1:
		return x86EmulateRegImm(x86Test, rm, imm, next)
	}
	return nil
}

func x86EmulateRegReg(alu uint8, dst, src x86Operand, next sysdeps.Addr) x86Effect {
	return func(r *sysdeps.Regs, _ sysdeps.MemoryWriter) error {
		x86Compute(r, alu, dst, src.get(r))
		r.SetPC(next)
		return nil
	}
}

func x86EmulateRegImm(alu uint8, dst x86Operand, imm uint64, next sysdeps.Addr) x86Effect {
	return func(r *sysdeps.Regs, _ sysdeps.MemoryWriter) error {
		x86Compute(r, alu, dst, imm)
		r.SetPC(next)
		return nil
	}
}

// The status flags of EFLAGS.
const (
	x86CF = 1 << 0
	x86PF = 1 << 2
	x86AF = 1 << 4
	x86ZF = 1 << 6
	x86SF = 1 << 7
	x86OF = 1 << 11

	x86StatusFlags = x86CF | x86PF | x86AF | x86ZF | x86SF | x86OF
)

// x86Compute does dst = dst alu b, for cmp and test without storing, and sets
// the status flags. After and, or, xor and test the manuals leave AF undefined;
// processors of both makers clear it, and so does this.
func x86Compute(r *sysdeps.Regs, alu uint8, dst x86Operand, b uint64) {
	mask := ^uint64(0) >> (64 - 8*dst.size)
	a, b := dst.get(r), b&mask
	flags := r.Get(sysdeps.EFLAGS)
	var res, carries uint64 // carries: out of each bit, or borrows into it
	carry := flags & x86CF
	switch alu {
	case x86Add, x86Sub, x86Cmp:
		carry = 0
	}
	switch alu {
	case x86Add, x86Adc:
		res = a + b + carry
		carries = a&b | (a|b)&^res
	case x86Sub, x86Sbb, x86Cmp:
		res = a - b - carry
		carries = ^a&b | (^a|b)&res
	case x86And, x86Test:
		res = a & b
	case x86Or:
		res = a | b
	case x86Xor:
		res = a ^ b
	}
	res &= mask
	if alu != x86Cmp && alu != x86Test {
		dst.set(r, res)
	}

	top := 8*dst.size - 1
	flags &^= x86StatusFlags
	flags |= carries >> top & 1 * x86CF
	flags |= carries >> 3 & 1 * x86AF
	flags |= (carries>>top ^ carries>>(top-1)) & 1 * x86OF
	flags |= res >> top & 1 * x86SF
	if res == 0 {
		flags |= x86ZF
	}
	if bits.OnesCount8(uint8(res))%2 == 0 {
		flags |= x86PF
	}
	r.Set(sysdeps.EFLAGS, flags)
}

// x86Condition evaluates the condition that the low four bits of jcc's opcode
// name. An odd one is the even one before it, negated.
func x86Condition(flags uint64, cond uint8) bool {
	var is bool
	less := flags&x86SF != 0 != (flags&x86OF != 0)
	switch cond >> 1 {
	case 0:
		is = flags&x86OF != 0
	case 1:
		is = flags&x86CF != 0
	case 2:
		is = flags&x86ZF != 0
	case 3:
		is = flags&(x86CF|x86ZF) != 0
	case 4:
		is = flags&x86SF != 0
	case 5:
		is = flags&x86PF != 0
	case 6:
		is = less
	case 7:
		is = less || flags&x86ZF != 0
	}
	return is != (cond&1 != 0)
}
