package unwind

import (
	"cmp"

	"sonde/fields"
	"sonde/sysdeps"
)

// The operations of DWARF expressions (DWARF 5, 7.7.1) that call frame information
// may hold: those that compute.
const (
	opAddr       = 0x03
	opDeref      = 0x06
	opConst1u    = 0x08
	opConst8s    = 0x0f
	opConstu     = 0x10
	opConsts     = 0x11
	opDup        = 0x12
	opDrop       = 0x13
	opOver       = 0x14
	opPick       = 0x15
	opSwap       = 0x16
	opRot        = 0x17
	opAbs        = 0x19
	opAnd        = 0x1a
	opDiv        = 0x1b
	opMinus      = 0x1c
	opMod        = 0x1d
	opMul        = 0x1e
	opNeg        = 0x1f
	opNot        = 0x20
	opOr         = 0x21
	opPlus       = 0x22
	opPlusUconst = 0x23
	opShl        = 0x24
	opShr        = 0x25
	opShra       = 0x26
	opXor        = 0x27
	opBra        = 0x28
	opEq         = 0x29
	opGe         = 0x2a
	opGt         = 0x2b
	opLe         = 0x2c
	opLt         = 0x2d
	opNe         = 0x2e
	opSkip       = 0x2f
	opLit0       = 0x30
	opLit31      = 0x4f
	opBreg0      = 0x70
	opBreg31     = 0x8f
	opBregx      = 0x92
	opDerefSize  = 0x94
	opNop        = 0x96
)

// Bounds of an expression: the steps that it takes, since it may branch back, and
// the numbers on its stack. The longest in use have some thirty steps.
const (
	maxSteps = 1000
	maxStack = 64
)

// evaluation computes one expression.
type evaluation struct {
	w       *Walker
	regs    *Registers
	stack   [maxStack]uint64
	kinds   [maxStack]kind
	n       int
	missing Absent // why a variable is not known
	// of tells what the expression of a variable refers to; nil in call frame
	// information, which does not.
	of *Variable
	// What it ended for: Outermost for nothing, and what that concerns.
	reason Reason
	at     sysdeps.Addr
}

func (x *evaluation) fail(reason Reason, at sysdeps.Addr) {
	if x.reason == Outermost {
		x.reason, x.at = reason, at
	}
}

func (x *evaluation) push(v uint64) {
	if x.n == maxStack {
		x.fail(Damaged, 0)
		return
	}
	x.stack[x.n], x.kinds[x.n] = x.w.cut(v), kind{}
	x.n++
}

func (x *evaluation) pop() uint64 {
	v, _ := x.popKind()
	return v
}

// pick pushes the number that stands n below the top.
func (x *evaluation) pick(n int) {
	if n >= x.n {
		x.fail(Damaged, 0)
		return
	}
	x.pushKind(x.stack[x.n-1-n], x.kinds[x.n-1-n])
}

// run computes an expression and returns the number on top of its stack.
// Outermost stands for success.
func (x *evaluation) run(p expression) (v uint64, reason Reason, at sysdeps.Addr) {
	c := fields.New(p)
	for steps := 0; c.Left() > 0 && x.reason == Outermost; steps++ {
		if steps == maxSteps || !x.w.spend(1) {
			return 0, Work, 0
		}
		if !x.step(c.U8(), &c) {
			x.fail(Damaged, 0)
		}
		if c.Bad() {
			x.fail(Damaged, 0)
		}
	}
	v = x.pop()
	return v, x.reason, x.at
}

// step does one operation. It reports whether there is such a one.
func (x *evaluation) step(op byte, c *fields.Reader) bool {
	return x.constant(op, c) || x.memory(op, c) || x.arithmetic(op, c) || x.control(op, c)
}

// constant does the operations that push what stands in the expression.
func (x *evaluation) constant(op byte, c *fields.Reader) bool {
	switch {
	case op >= opLit0 && op <= opLit31:
		x.push(uint64(op - opLit0))
	case op >= opConst1u && op <= opConst8s: // 1, 2, 4, 8 bytes; the odd ones are signed
		size := 1 << ((op - opConst1u) / 2)
		if op&1 != 0 {
			x.push(uint64(c.Int(size)))
		} else {
			x.push(c.Uint(size))
		}
	case op == opConstu:
		x.push(c.ULEB())
	case op == opConsts:
		x.push(uint64(c.SLEB()))
	case op == opAddr:
		x.push(c.Uint(x.w.arch.PtrSize) + uint64(x.w.bias))
	default:
		return false
	}
	return true
}

// memory does the operations on registers, memory and the stack.
func (x *evaluation) memory(op byte, c *fields.Reader) bool {
	switch {
	case op >= opBreg0 && op <= opBreg31:
		x.register(uint64(op-opBreg0), c)
	case op == opBregx:
		x.register(c.ULEB(), c)
	case op == opDeref:
		x.load(x.w.arch.PtrSize)
	case op == opDerefSize:
		x.load(int(c.U8()))
	case op == opDup:
		x.pick(0)
	case op == opDrop:
		x.pop()
	case op == opOver:
		x.pick(1)
	case op == opPick:
		x.pick(int(c.U8()))
	case op == opSwap:
		a, aKind := x.popKind()
		b, bKind := x.popKind()
		x.pushKind(a, aKind)
		x.pushKind(b, bKind)
	case op == opRot:
		a, aKind := x.popKind()
		b, bKind := x.popKind()
		d, dKind := x.popKind()
		x.pushKind(a, aKind)
		x.pushKind(d, dKind)
		x.pushKind(b, bKind)
	default:
		return false
	}
	return true
}

func (x *evaluation) register(n uint64, c *fields.Reader) {
	offset := c.SLEB()
	v, ok := x.regs.DWARF(int(min(n, sysdeps.MaxDWARFRegs)))
	if !ok {
		x.fail(NoRule, 0)
		return
	}
	x.push(v + uint64(offset))
}

// load replaces the address on top by the number of that size there.
func (x *evaluation) load(size int) {
	at := sysdeps.Addr(x.pop())
	if size < 1 || size > 8 {
		x.fail(Damaged, 0)
		return
	}
	var b [8]byte
	if !x.w.mem.read(b[:size], at) {
		x.fail(NoMemory, at)
		return
	}
	v := uint64(0)
	for i, d := range b {
		v |= uint64(d) << (8 * i)
	}
	x.push(v)
}

// arithmetic does the operations on the one or two numbers on top.
func (x *evaluation) arithmetic(op byte, c *fields.Reader) bool {
	switch op {
	case opAbs:
		v, k := x.popKind()
		if signed := x.signed(v, k); signed < 0 && k.isSigned() {
			v = uint64(-signed)
		}
		x.pushKind(v, k)
		return true
	case opNeg:
		v, k := x.popKind()
		x.pushKind(-v, k)
		return true
	case opNot:
		v, k := x.popKind()
		x.pushKind(^v, k)
		return true
	case opPlusUconst:
		v, k := x.popKind()
		x.pushKind(v+c.ULEB(), k)
		return true
	case opEq, opGe, opGt, opLe, opLt, opNe:
		b, k := x.popKind()
		a, _ := x.popKind()
		x.push(truth(x.compare(op, a, b, k)))
		return true
	case opShl, opShr, opShra: // the number of bits may be of another kind
		b, _ := x.popKind()
		a, k := x.popKind()
		x.pushKind(x.shift(op, a, b, k), k)
		return true
	case opAnd, opDiv, opMinus, opMod, opMul, opOr, opPlus, opXor:
		b, k := x.popKind()
		a, aKind := x.popKind()
		if aKind != k { // LLVM 14 mixes them, and has left away what reads its number from memory
			x.fail(Damaged, 0)
		}
		x.pushKind(x.binary(op, a, b, k), k)
		return true
	}
	return false
}

// compare does it as signed numbers, unless the kind says otherwise.
func (x *evaluation) compare(op byte, a, b uint64, k kind) bool {
	var order int
	if k.isSigned() {
		order = cmp.Compare(x.signed(a, k), x.signed(b, k))
	} else {
		order = cmp.Compare(a, b)
	}
	switch op {
	case opEq:
		return order == 0
	case opGe:
		return order >= 0
	case opGt:
		return order > 0
	case opLe:
		return order <= 0
	case opLt:
		return order < 0
	}
	return order != 0
}

func (x *evaluation) shift(op byte, a, b uint64, k kind) uint64 {
	switch op {
	case opShl:
		return a << b
	case opShr:
		return k.bits(a) >> b
	}
	return uint64(x.signed(a, k) >> b)
}

func (x *evaluation) binary(op byte, a, b uint64, k kind) uint64 {
	switch op {
	case opAnd:
		return a & b
	case opMinus:
		return a - b
	case opMul:
		return a * b
	case opOr:
		return a | b
	case opPlus:
		return a + b
	case opXor:
		return a ^ b
	}
	if b == 0 {
		x.fail(Damaged, 0)
		return 0
	}
	switch {
	case op == opMod && (k == kind{} || !k.isSigned()): // which is unsigned, where the division is signed
		return a % b
	case op == opMod:
		return uint64(x.signed(a, k) % x.signed(b, k))
	case !k.isSigned():
		return a / b
	}
	return uint64(x.signed(a, k) / x.signed(b, k))
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// control does the operations that go elsewhere, or nowhere.
func (x *evaluation) control(op byte, c *fields.Reader) bool {
	switch op {
	case opNop:
		return true
	case opSkip, opBra:
		to := int(int16(c.U16()))
		if op == opBra && x.pop() == 0 {
			return true
		}
		c.Seek(c.Pos() + to)
		return true
	}
	return false
}
