package asm

import (
	"encoding/binary"
	"math"

	"sonde/sysdeps"
)

// The encodings are those of the Intel SDM, volume 2, chapter 2 and the pages of the
// instructions. Addresses lie below 2 GiB, so that they fit 32 bits in both machines.

// Bytes appends an instruction as it is.
func (p *Program) Bytes(code ...byte) { p.text.bytes = append(p.text.bytes, code...) }

// Nop appends an instruction that does nothing, of one byte.
func (p *Program) Nop() { p.Bytes(0x90) }

// Int3 appends a breakpoint.
func (p *Program) Int3() { p.Bytes(0xcc) }

// Pushf and Popf append the instructions that save and load the flags.
func (p *Program) Pushf() { p.Bytes(0x9c) }

// Popf appends the instruction that loads the flags.
func (p *Program) Popf() { p.Bytes(0x9d) }

// Ret appends a return.
func (p *Program) Ret() { p.Bytes(0xc3) }

// put32 appends a number of 32 bits.
func (p *Program) put32(v int64) {
	if v < math.MinInt32 || v > math.MaxUint32 {
		p.fail("%#x does not fit 32 bits", v)
	}
	p.text.bytes = binary.LittleEndian.AppendUint32(p.text.bytes, uint32(v))
}

// putLabel appends 32 bits that become an address, or the way there.
func (p *Program) putLabel(name string, add int, relative bool) {
	p.text.fixups = append(p.text.fixups, fixup{len(p.text.bytes), 4, name, int64(add), relative})
	p.put32(0)
}

// rex appends the prefix that AMD64 needs for a word, and for registers above DI. wide is
// unset of instructions that work on a word without it.
func (p *Program) rex(wide bool, reg, rm Reg) {
	if p.arch != sysdeps.AMD64 {
		if reg >= R8 || rm >= R8 {
			p.fail("%s has no register %d", p.arch.Name, max(reg, rm))
		}
		return
	}
	prefix := byte(0x40) | byte(reg>>3)<<2 | byte(rm>>3)
	if wide {
		prefix |= 8
	}
	if prefix != 0x40 {
		p.Bytes(prefix)
	}
}

// modRM appends an instruction with a register, or a number in its place, and a register
// or memory.
func (p *Program) modRM(wide bool, opcode byte, reg Reg, rm Operand) {
	switch rm := rm.(type) {
	case Reg:
		p.rex(wide, reg, rm)
		p.Bytes(opcode, 0xc0|byte(reg&7)<<3|byte(rm&7))
	case Mem:
		if rm.Label != "" {
			p.rex(wide, reg, 0)
			if p.arch == sysdeps.AMD64 { // without SIB it would be relative to the next instruction
				p.Bytes(opcode, byte(reg&7)<<3|4, 0x25)
			} else {
				p.Bytes(opcode, byte(reg&7)<<3|5)
			}
			p.putLabel(rm.Label, rm.Off, false)
			return
		}
		p.rex(wide, reg, rm.Base)
		p.Bytes(opcode, 0x80|byte(reg&7)<<3|byte(rm.Base&7))
		if rm.Base&7 == SP { // and R12: the number means that a SIB byte follows
			p.Bytes(0x24)
		}
		p.put32(int64(rm.Off))
	default:
		p.fail("%#x: an operand cannot be %T", opcode, rm)
	}
}

// Mov appends a move of a word. Of the operands, one is a register, or dst is memory and
// src a number or an address.
func (p *Program) Mov(dst, src Operand) {
	if to, ok := dst.(Reg); ok {
		switch src := src.(type) {
		case Reg:
			p.modRM(true, 0x89, src, to)
		case Mem:
			p.modRM(true, 0x8b, to, src)
		case Addr:
			p.rex(false, 0, to)
			p.Bytes(0xb8 | byte(to&7)) // clears the upper half
			p.putLabel(src.Label, src.Off, false)
		case Imm:
			p.movImm(to, int64(src))
		}
		return
	}
	switch src := src.(type) {
	case Reg:
		p.modRM(true, 0x89, src, dst)
	case Imm:
		p.modRM(true, 0xc7, 0, dst)
		p.put32(int64(src))
	case Addr:
		p.modRM(true, 0xc7, 0, dst)
		p.putLabel(src.Label, src.Off, false)
	default:
		p.fail("mov from %T to %T", src, dst)
	}
}

func (p *Program) movImm(to Reg, v int64) {
	switch {
	case p.arch != sysdeps.AMD64 || v >= 0 && v <= math.MaxUint32:
		p.rex(false, 0, to)
		p.Bytes(0xb8 | byte(to&7))
		p.put32(v)
	case v >= math.MinInt32 && v < 0:
		p.modRM(true, 0xc7, 0, to) // extends the sign
		p.put32(v)
	default:
		p.rex(true, 0, to)
		p.Bytes(0xb8 | byte(to&7))
		p.text.bytes = binary.LittleEndian.AppendUint64(p.text.bytes, uint64(v))
	}
}

// arithmetic are the instructions that share their encodings, by their numbers there.
type arithmetic uint8

const (
	opAdd arithmetic = 0
	opOr  arithmetic = 1
	opAnd arithmetic = 4
	opSub arithmetic = 5
	opXor arithmetic = 6
	opCmp arithmetic = 7
)

// Add appends an addition to a register or memory.
func (p *Program) Add(dst, src Operand) { p.arithmetic(opAdd, dst, src) }

// Or appends a bitwise or.
func (p *Program) Or(dst, src Operand) { p.arithmetic(opOr, dst, src) }

// And appends a bitwise and.
func (p *Program) And(dst, src Operand) { p.arithmetic(opAnd, dst, src) }

// Sub appends a subtraction.
func (p *Program) Sub(dst, src Operand) { p.arithmetic(opSub, dst, src) }

// Xor appends a bitwise exclusive or.
func (p *Program) Xor(dst, src Operand) { p.arithmetic(opXor, dst, src) }

// Cmp appends a comparison, which jumps may follow.
func (p *Program) Cmp(dst, src Operand) { p.arithmetic(opCmp, dst, src) }

func (p *Program) arithmetic(op arithmetic, dst, src Operand) {
	switch src := src.(type) {
	case Reg:
		p.modRM(true, byte(op)<<3|1, src, dst)
	case Imm:
		p.modRM(true, 0x81, Reg(op), dst)
		p.put32(int64(src))
	case Addr:
		p.modRM(true, 0x81, Reg(op), dst)
		p.putLabel(src.Label, src.Off, false)
	case Mem:
		to, ok := dst.(Reg)
		if !ok {
			p.fail("arithmetic from memory to %T", dst)
		}
		p.modRM(true, byte(op)<<3|3, to, src)
	default:
		p.fail("arithmetic from %T", src)
	}
}

// Push appends a push of a word.
func (p *Program) Push(src Operand) {
	switch src := src.(type) {
	case Reg:
		p.rex(false, 0, src)
		p.Bytes(0x50 | byte(src&7))
	case Imm:
		if src < math.MinInt32 || src > math.MaxInt32 { // the machine extends the sign
			p.fail("push of %#x", int64(src))
		}
		p.Bytes(0x68)
		p.put32(int64(src))
	case Addr:
		p.Bytes(0x68)
		p.putLabel(src.Label, src.Off, false)
	case Mem:
		p.modRM(false, 0xff, 6, src)
	}
}

// Pop appends a pop of a word.
func (p *Program) Pop(dst Reg) {
	p.rex(false, 0, dst)
	p.Bytes(0x58 | byte(dst&7))
}

// Condition is one that a jump depends on, by its number in instructions.
type Condition uint8

// Conditions of the last comparison or arithmetic; Below and its opposite are of unsigned
// numbers.
const (
	Below        Condition = 2
	AboveOrEqual Condition = 3
	Equal        Condition = 4
	NotEqual     Condition = 5
	Negative     Condition = 8
	NotNegative  Condition = 9
	Less         Condition = 0xc
	GreaterEqual Condition = 0xd
	LessEqual    Condition = 0xe
	Greater      Condition = 0xf
)

// Jump appends a jump to a label.
func (p *Program) Jump(to string) {
	p.Bytes(0xe9)
	p.putLabel(to, 0, true)
}

// JumpIf appends a jump that depends on a condition.
func (p *Program) JumpIf(c Condition, to string) {
	p.Bytes(0x0f, 0x80|byte(c))
	p.putLabel(to, 0, true)
}

// JumpTo appends a jump to where a register or memory points to.
func (p *Program) JumpTo(at Operand) { p.modRM(false, 0xff, 4, at) }

// Call appends a call of a label.
func (p *Program) Call(to string) {
	p.Bytes(0xe8)
	p.putLabel(to, 0, true)
}

// CallTo appends a call of where a register or memory points to.
func (p *Program) CallTo(at Operand) { p.modRM(false, 0xff, 2, at) }
