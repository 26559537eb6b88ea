package breakpoint

import (
	"errors"

	"sonde/insn"
	"sonde/sysdeps"
)

// x86Effect does an instruction's work on registers that stand at it. On an
// error nothing has been changed, and the instruction is to be run some other
// way: it faults, or it does what only the processor can.
//
// An effect has scratch space of its own: one goroutine at a time may call it.
type x86Effect func(r *sysdeps.Regs, m sysdeps.MemoryWriter) error

var (
	// errX86Target says that a branch leaves the lower half of the address
	// space: the processor knows whether it faults (Linux has the vsyscall page
	// there).
	errX86Target = errors.New("branch out of user space")
	// errX86Segment says that addresses count from the base of a segment of the
	// program's own making.
	errX86Segment = errors.New("segment with a base")
)

// x86UserEnd is where addresses stop to be canonical and positive with
// four-level page tables. Branches to the addresses beyond that five levels
// allow are left to the processor as well.
const x86UserEnd = 1 << 47

// x86Emulate returns what the instruction at the start of code, which stands at
// at, does to registers and memory, for those where that is simple and exact.
// touchesMemory tells that the effect reads or writes the tracee's memory,
// which costs more than to run a copy.
//
// The kernel writes a tracee's memory whatever its protection: a push or call
// whose stack has met a guard page does not fault here, the next one does.
func x86Emulate(code []byte, mode insn.Mode, at sysdeps.Addr) (effect x86Effect, touchesMemory, ok bool) {
	in, err := insn.DecodeX86(code, mode)
	if err != nil || in.Enc != insn.X86Legacy || in.Has(insn.X86Lock) {
		return nil, false, false
	}
	next := at + sysdeps.Addr(in.Len)
	switch in.Kind {
	case insn.Jump, insn.CondJump, insn.Call:
		effect, touchesMemory = x86EmulateDirect(&in, next)
	case insn.JumpIndirect, insn.CallIndirect, insn.Ret:
		effect, touchesMemory = x86EmulateIndirect(&in, next)
	case insn.Plain:
		if effect = x86EmulateNop(&in, next); effect != nil {
			break
		}
		if in.Has(insn.X86Rep | insn.X86Repne) {
			break // names another instruction, or means nothing that is promised
		}
		if effect = x86EmulateStack(&in, next); effect != nil {
			touchesMemory = true
			break
		}
		if effect = x86EmulateMove(&in, next); effect == nil {
			effect = x86EmulateALU(&in, next)
		}
	}
	if effect != nil && touchesMemory && mode == insn.Mode32 {
		effect = x86InFlatSegments(effect)
	}
	return effect, touchesMemory, effect != nil
}

// The selectors of the segments that Linux gives to 32-bit programs, which begin
// at 0 (__USER32_CS, __USER_DS, arch/x86/include/asm/segment.h).
const (
	x86User32CS = 0x23
	x86UserDS   = 0x2b
)

// x86InFlatSegments leaves to the processor what a program does that has made
// itself segments of its own, by modify_ldt(2).
func x86InFlatSegments(effect x86Effect) x86Effect {
	return func(r *sysdeps.Regs, m sysdeps.MemoryWriter) error {
		if r.Get(sysdeps.CS) != x86User32CS || r.Get(sysdeps.DS) != x86UserDS || r.Get(sysdeps.SS) != x86UserDS {
			return errX86Segment
		}
		return effect(r, m)
	}
}

// x86EmulateNop covers nop (90 and 0F 1F), pause and endbr.
func x86EmulateNop(in *insn.X86, next sysdeps.Addr) x86Effect {
	var nop bool
	switch {
	case in.Has(insn.X86Repne):
	case in.Map == 0 && in.Op == 0x90:
		nop = in.REX&insn.X86RexB == 0 // else xchg with r8
	case in.Map == 1 && in.Op == 0x1f:
		nop = !in.Has(insn.X86Rep)
	case in.Map == 1 && in.Op == 0x1e:
		nop = in.Has(insn.X86Rep) && (in.ModRM == 0xfa || in.ModRM == 0xfb) // endbr64, endbr32
	}
	if !nop {
		return nil
	}
	return func(r *sysdeps.Regs, _ sysdeps.MemoryWriter) error {
		r.SetPC(next)
		return nil
	}
}

// x86EmulateDirect covers jmp, jcc, loop, jrcxz and call with a target in the
// instruction.
func x86EmulateDirect(in *insn.X86, next sysdeps.Addr) (effect x86Effect, touchesMemory bool) {
	to, _ := in.Target(uint64(next) - uint64(in.Len))
	target := sysdeps.Addr(to)
	if target >= x86UserEnd || in.Has(insn.X86OpSize) && !in.Wide() {
		return nil, false
	}
	switch {
	case in.Kind == insn.Jump:
		return func(r *sysdeps.Regs, _ sysdeps.MemoryWriter) error {
			r.SetPC(target)
			return nil
		}, false
	case in.Kind == insn.Call:
		words := newX86Words(in)
		return func(r *sysdeps.Regs, m sysdeps.MemoryWriter) error {
			if err := words.push(r, m, uint64(next)); err != nil {
				return err
			}
			r.SetPC(target)
			return nil
		}, true
	case in.Map == 0 && in.Op&0xf0 == 0xe0:
		if in.Has(insn.X86Rep | insn.X86Repne) {
			return nil, false // some processors look at these as well
		}
		op, count := in.Op, x86Operand{reg: sysdeps.RCX, size: in.AddressSize()}
		return func(r *sysdeps.Regs, _ sysdeps.MemoryWriter) error {
			if x86LoopTaken(r, op, count) {
				r.SetPC(target)
			} else {
				r.SetPC(next)
			}
			return nil
		}, false
	}
	cond := in.Op & 0xf
	return func(r *sysdeps.Regs, _ sysdeps.MemoryWriter) error {
		if x86Condition(r.Get(sysdeps.EFLAGS), cond) {
			r.SetPC(target)
		} else {
			r.SetPC(next)
		}
		return nil
	}, false
}

// x86LoopTaken counts for loopne (E0), loope (E1) and loop (E2), looks for
// jrcxz (E3), and tells whether the jump is taken.
func x86LoopTaken(r *sysdeps.Regs, op uint8, count x86Operand) bool {
	if op == 0xe3 {
		return count.get(r) == 0
	}
	count.set(r, count.get(r)-1)
	zero := r.Get(sysdeps.EFLAGS)&x86ZF != 0
	return count.get(r) != 0 && (op == 0xe2 || zero == (op == 0xe1))
}

// x86EmulateIndirect covers ret, and jmp and call through a register or
// memory. Far ones are left alone.
func x86EmulateIndirect(in *insn.X86, next sysdeps.Addr) (effect x86Effect, touchesMemory bool) {
	if in.Has(insn.X86OpSize) && !in.Wide() {
		return nil, false
	}
	words := newX86Words(in)
	switch in.Op {
	case 0xc2, 0xc3:
		drop := sysdeps.Addr(words.size) + sysdeps.Addr(uint16(in.Imm))
		return func(r *sysdeps.Regs, m sysdeps.MemoryWriter) error {
			target, err := words.readTarget(m, r.SP())
			if err != nil {
				return err
			}
			r.SetSP(r.SP() + drop)
			r.SetPC(target)
			return nil
		}, true
	case 0xff:
		if in.Reg() != 2 && in.Reg() != 4 {
			return nil, false
		}
	default:
		return nil, false
	}
	call := in.Kind == insn.CallIndirect
	where, register := x86RM(in, uint8(words.size)), in.Mod() == 3
	mem, ok := x86MemoryOperand(in, next)
	if !register && !ok {
		return nil, false
	}
	return func(r *sysdeps.Regs, m sysdeps.MemoryWriter) error {
		var target sysdeps.Addr
		var err error
		if register {
			target, err = x86CheckTarget(where.get(r))
		} else {
			target, err = words.readTarget(m, mem.of(r))
		}
		if err != nil {
			return err
		}
		if call {
			if err := words.push(r, m, uint64(next)); err != nil {
				return err
			}
		}
		r.SetPC(target)
		return nil
	}, call || !register
}

// x86EmulateStack covers push, pop of a register, and leave, with operands of
// the size of a word.
func x86EmulateStack(in *insn.X86, next sysdeps.Addr) x86Effect {
	if in.Map != 0 || in.Has(insn.X86OpSize) && !in.Wide() {
		return nil
	}
	words := newX86Words(in)
	size := uint8(words.size)
	switch op := in.Op; {
	case op&0xf8 == 0x50:
		src := x86OpcodeReg(in, size)
		return func(r *sysdeps.Regs, m sysdeps.MemoryWriter) error {
			return words.pushNext(r, m, src.get(r), next)
		}
	case op == 0x68, op == 0x6a:
		imm := uint64(in.Imm)
		return func(r *sysdeps.Regs, m sysdeps.MemoryWriter) error {
			return words.pushNext(r, m, imm, next)
		}
	case op == 0xff && in.Reg() == 6 && in.Mod() != 3:
		mem, ok := x86MemoryOperand(in, next)
		if !ok {
			return nil
		}
		return func(r *sysdeps.Regs, m sysdeps.MemoryWriter) error {
			v, err := words.read(m, mem.of(r))
			if err != nil {
				return err
			}
			return words.pushNext(r, m, v, next)
		}
	case op&0xf8 == 0x58:
		return x86EmulatePop(x86OpcodeReg(in, size), sysdeps.RSP, next, words)
	case op == 0xc9: // leave: mov %rbp,%rsp; pop %rbp
		return x86EmulatePop(x86Operand{reg: sysdeps.RBP, size: size}, sysdeps.RBP, next, words)
	}
	return nil
}

// x86EmulatePop takes dst from the stack whose top base holds.
func x86EmulatePop(dst x86Operand, base sysdeps.Reg, next sysdeps.Addr, words *x86Words) x86Effect {
	return func(r *sysdeps.Regs, m sysdeps.MemoryWriter) error {
		top := sysdeps.Addr(r.Get(base))
		v, err := words.read(m, top)
		if err != nil {
			return err
		}
		r.SetSP(top + sysdeps.Addr(words.size))
		dst.set(r, v) // last, as the register may be rsp
		r.SetPC(next)
		return nil
	}
}

// x86EmulateMove covers mov, movzx, movsx between registers, mov of an
// immediate, lea and cdqe. None changes flags.
func x86EmulateMove(in *insn.X86, next sysdeps.Addr) x86Effect {
	size := x86OperandSize(in)
	register := in.Mod() == 3
	rm, reg := x86RM(in, size), x86Reg(in, size)
	switch op := uint16(in.Map)<<8 | uint16(in.Op); {
	case op&^1 == 0x88 && register: // mov %reg,%rm
		return x86EmulateCopy(rm, reg, false, next)
	case op&^1 == 0x8a && register: // mov %rm,%reg
		return x86EmulateCopy(reg, rm, false, next)
	case op == 0x63 && register && in.Mode == insn.Mode64 && !in.Has(insn.X86OpSize): // movslq
		return x86EmulateCopy(reg, x86RM(in, 4), true, next)
	case op == 0x98: // cbtw, cwtl, cltq
		return x86EmulateCopy(x86Operand{reg: sysdeps.RAX, size: size}, x86Operand{reg: sysdeps.RAX, size: size / 2}, true, next)
	case op == 0x1b6 && register: // movzb
		return x86EmulateCopy(reg, x86RM(in, 1), false, next)
	case op == 0x1b7 && register: // movzw
		return x86EmulateCopy(reg, x86RM(in, 2), false, next)
	case op == 0x1be && register: // movsb
		return x86EmulateCopy(reg, x86RM(in, 1), true, next)
	case op == 0x1bf && register: // movsw
		return x86EmulateCopy(reg, x86RM(in, 2), true, next)
	case op&^7 == 0xb0: // mov $imm8,%reg
		return x86EmulateLoad(x86OpcodeReg(in, 1), uint64(in.Imm), next)
	case op&^7 == 0xb8: // mov $imm,%reg
		return x86EmulateLoad(x86OpcodeReg(in, size), uint64(in.Imm), next)
	case op&^1 == 0xc6 && register && in.Reg() == 0: // mov $imm,%rm
		return x86EmulateLoad(rm, uint64(in.Imm), next)
	case op == 0x8d && !register:
		mem, _ := x86EffectiveAddress(in, next)
		return func(r *sysdeps.Regs, _ sysdeps.MemoryWriter) error {
			reg.set(r, uint64(mem.of(r)))
			r.SetPC(next)
			return nil
		}
	}
	return nil
}

func x86EmulateCopy(dst, src x86Operand, signed bool, next sysdeps.Addr) x86Effect {
	return func(r *sysdeps.Regs, _ sysdeps.MemoryWriter) error {
		v := src.get(r)
		if signed {
			shift := 64 - 8*src.size
			v = uint64(int64(v<<shift) >> shift)
		}
		dst.set(r, v)
		r.SetPC(next)
		return nil
	}
}

func x86EmulateLoad(dst x86Operand, v uint64, next sysdeps.Addr) x86Effect {
	return func(r *sysdeps.Regs, _ sysdeps.MemoryWriter) error {
		dst.set(r, v)
		r.SetPC(next)
		return nil
	}
}
