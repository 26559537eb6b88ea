package unwind

import "sonde/insn"

// plain does an instruction that runs on to the next, as far as registers and the
// words of the stack matter: what computes anything else loses its result.
func (fw *follower) plain(m *machine, in *insn.X86, at uint64) {
	switch {
	case in.Enc != insn.X86Legacy:
		if in.Map == 2 && in.Op >= 0xf2 && in.Op <= 0xf7 { // andn, bzhi, rorx and the like
			m.regs[fw.regOf(in)] = value{}
		}
	case in.Map == 0:
		if !fw.stack(m, in) && !fw.move(m, in, at) {
			fw.compute(m, in)
		}
	case in.Map == 1:
		fw.compute0F(m, in)
	case in.Map == 2 && (in.Op == 0xf0 || in.Op == 0xf1): // movbe, crc32
		m.regs[fw.regOf(in)] = value{}
	}
}

// regOf and rmOf are the numbers of the registers in ModRM; low is the one in the
// opcode.
func (fw *follower) regOf(in *insn.X86) uint8 { return in.Reg() | in.REX&insn.X86RexR<<1 }
func (fw *follower) rmOf(in *insn.X86) uint8  { return in.RM() | in.REX&insn.X86RexB<<3 }
func (fw *follower) low(in *insn.X86) uint8   { return in.Op&7 | in.REX&insn.X86RexB<<3 }

// whole tells whether the operands are machine words.
func (fw *follower) whole(in *insn.X86) bool {
	if fw.mode == insn.Mode32 {
		return !in.Has(insn.X86OpSize)
	}
	return in.Wide()
}

// address returns the memory operand of an instruction as a value.
func (fw *follower) address(m *machine, in *insn.X86) value {
	mem, ok := in.Memory()
	if !ok || mem.FSGS || mem.Index != insn.X86NoReg || mem.Base == insn.X86NoReg || mem.RIPRel {
		return value{}
	}
	return m.regs[mem.Base].add(mem.Disp)
}

// lose forgets the register that rm names, or the word of the stack.
func (fw *follower) lose(m *machine, in *insn.X86) {
	if in.Mod() == 3 {
		m.regs[fw.rmOf(in)] = value{}
	} else if at := fw.address(m, in); at.kind == sum {
		m.store(at, value{})
	}
}

// stack does what pushes and pops.
func (fw *follower) stack(m *machine, in *insn.X86) bool {
	switch op := in.Op; {
	case op >= 0x50 && op <= 0x57:
		m.push(m.regs[fw.low(in)], fw.word)
	case op >= 0x58 && op <= 0x5f:
		v := m.pop(fw.word)
		m.regs[fw.low(in)] = v
	case op == 0x68, op == 0x6a, op == 0x9c: // push imm, pushf
		m.push(value{}, fw.word)
	case op == 0x9d: // popf
		m.pop(fw.word)
	case op == 0xff && in.Reg() == 6: // push rm
		m.push(value{}, fw.word)
	case op == 0x8f: // pop rm
		m.pop(fw.word)
		fw.lose(m, in)
	case op == 0xc9: // leave
		m.regs[insnSP] = m.regs[insnBP]
		m.regs[insnBP] = m.pop(fw.word)
	case op == 0xc8: // enter
		m.push(m.regs[insnBP], fw.word)
		m.regs[insnBP] = m.regs[insnSP]
		m.regs[insnSP] = m.regs[insnSP].add(-(in.Imm & 0xffff))
	case (op == 0x60 || op == 0x61) && fw.mode == insn.Mode32: // pusha, popa
		m.regs[insnSP] = value{}
	default:
		return false
	}
	return true
}

// move does what copies machine words, makes up addresses, and adds to registers.
func (fw *follower) move(m *machine, in *insn.X86, at uint64) bool {
	if !in.HasModRM || !fw.whole(in) {
		return false
	}
	switch in.Op {
	case 0x89: // mov reg to rm
		v := m.regs[fw.regOf(in)]
		if in.Mod() == 3 {
			m.regs[fw.rmOf(in)] = v
		} else {
			m.store(fw.address(m, in), v)
		}
	case 0x8b: // mov rm to reg
		if in.Mod() == 3 {
			m.regs[fw.regOf(in)] = m.regs[fw.rmOf(in)]
		} else {
			m.regs[fw.regOf(in)] = m.load(fw.address(m, in))
		}
	case 0x8d: // lea
		if addr, ok := in.Static(at); ok {
			m.regs[fw.regOf(in)] = value{kind: fixed, addr: addr}
		} else {
			m.regs[fw.regOf(in)] = fw.address(m, in)
		}
	case 0x81, 0x83:
		if in.Mod() != 3 || in.Reg() != 0 && in.Reg() != 5 {
			return false
		}
		off := in.Imm
		if in.Reg() == 5 {
			off = -off
		}
		m.regs[fw.rmOf(in)] = m.regs[fw.rmOf(in)].add(off)
	default:
		return false
	}
	return true
}

// compute loses the results of the one-byte instructions (Intel SDM volume 2,
// table A-2).
func (fw *follower) compute(m *machine, in *insn.X86) {
	switch op := in.Op; {
	case op < 0x40:
		switch op & 7 {
		case 0, 1:
			if op < 0x38 { // cmp has no result
				fw.lose(m, in)
			}
		case 2, 3:
			if op < 0x38 {
				m.regs[fw.regOf(in)] = value{}
			}
		case 4, 5:
			m.regs[0] = value{}
		}
	case op < 0x50 && fw.mode == insn.Mode32: // inc, dec
		m.regs[op&7] = m.regs[op&7].add(int64(1 - int(op>>3&1)*2))
	case op == 0x63 && fw.mode == insn.Mode64, op == 0x69, op == 0x6b, op == 0x8a, op == 0x8b, op == 0x8d:
		m.regs[fw.regOf(in)] = value{}
	case op >= 0x80 && op <= 0x83:
		if in.Reg() != 7 {
			fw.lose(m, in)
		}
	case op == 0x86, op == 0x87: // xchg
		m.regs[fw.regOf(in)] = value{}
		fw.lose(m, in)
	case op == 0x88, op == 0x89, op == 0x8c, op == 0xc0, op == 0xc1, op >= 0xc6 && op <= 0xc7,
		op >= 0xd0 && op <= 0xd3, op == 0xfe, op == 0xff:
		fw.lose(m, in)
	case op >= 0x91 && op <= 0x97, op == 0x90 && in.REX&insn.X86RexB != 0:
		m.regs[0], m.regs[fw.low(in)] = m.regs[fw.low(in)], m.regs[0]
	case op == 0x98, op == 0x99, op >= 0xa0 && op <= 0xa1:
		m.regs[0], m.regs[2] = value{}, m.keepUnless(op == 0x99, 2)
	case op >= 0xa4 && op <= 0xa7, op >= 0xaa && op <= 0xaf: // string instructions
		for _, i := range []int{0, 1, 6, 7} {
			m.regs[i] = value{}
		}
	case op >= 0xb0 && op <= 0xbf:
		m.regs[fw.low(in)] = value{}
	case op == 0xf6, op == 0xf7:
		switch {
		case in.Reg() >= 4:
			m.regs[0], m.regs[2] = value{}, value{}
		case in.Reg() >= 2:
			fw.lose(m, in)
		}
	}
}

// keepUnless returns a register, or what is lost.
func (m *machine) keepUnless(gone bool, i int) value {
	if gone {
		return value{}
	}
	return m.regs[i]
}

// compute0F loses the results of the two-byte instructions that have general
// registers for them (Intel SDM volume 2, table A-3).
func (fw *follower) compute0F(m *machine, in *insn.X86) {
	switch op := in.Op; {
	case op == 0x05: // syscall
		m.regs[0], m.regs[1], m.regs[11] = value{}, value{}, value{}
	case op == 0xa2, op == 0x31, op == 0x01: // cpuid, rdtsc, xgetbv and the like
		for i := range 4 {
			m.regs[i] = value{}
		}
	case op >= 0x40 && op <= 0x4f, op == 0x50, op == 0xd7, op == 0xaf, op == 0xb6, op == 0xb7, op >= 0xbc && op <= 0xbf,
		op == 0xb8, op == 0x2c, op == 0x2d, op == 0x02, op == 0x03:
		m.regs[fw.regOf(in)] = value{}
	case op >= 0x90 && op <= 0x9f, op == 0xab, op == 0xb3, op == 0xbb, op == 0xa4, op == 0xa5, op == 0xac, op == 0xad,
		op == 0x7e && !in.Has(insn.X86Rep), op == 0xba && in.Reg() > 4, op == 0xc7:
		fw.lose(m, in)
	case op == 0xb0, op == 0xb1: // cmpxchg
		m.regs[0] = value{}
		fw.lose(m, in)
	case op == 0xc0, op == 0xc1: // xadd
		m.regs[fw.regOf(in)] = value{}
		fw.lose(m, in)
	case op >= 0xc8 && op <= 0xcf: // bswap
		m.regs[fw.low(in)] = value{}
	case op == 0xa0, op == 0xa8: // push fs, push gs
		m.push(value{}, fw.word)
	case op == 0xa1, op == 0xa9:
		m.pop(fw.word)
	}
}
