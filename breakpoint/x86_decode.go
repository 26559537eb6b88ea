package breakpoint

import (
	"encoding/binary"
	"errors"
)

// x86MaxInsn is the length in bytes beyond which the processor refuses an
// instruction (Intel SDM volume 2, 2.3.11).
const x86MaxInsn = 15

var (
	// errX86Truncated says that the instruction goes on behind the bytes given.
	errX86Truncated = errors.New("instruction truncated")
	// errX86Unknown says that the bytes are no instruction of 64-bit code, or
	// one whose length is not certain.
	errX86Unknown = errors.New("unknown instruction")
)

// x86Kind is what an instruction does to the flow of control.
type x86Kind uint8

const (
	// x86Plain runs on to the next instruction, or faults.
	x86Plain x86Kind = iota
	// x86Jump goes to next+imm.
	x86Jump
	// x86CondJump goes to next+imm or runs on: jcc, loop, jrcxz.
	x86CondJump
	// x86JumpIndirect goes to what a register or memory holds.
	x86JumpIndirect
	// x86Call pushes its return address and goes to next+imm.
	x86Call
	// x86CallIndirect pushes its return address and goes to what a register
	// or memory holds.
	x86CallIndirect
	// x86Ret goes to what the stack holds: ret, far ret, iret.
	x86Ret
	// x86Syscall enters the kernel on purpose: syscall, int 0x80.
	x86Syscall
	// x86Trap does nothing but leave for an exception handler, which is told
	// its address: int3, int1, int n, ud0, ud1, ud2, sysenter.
	x86Trap
	// x86TxBegin is xbegin, which holds the address of its abort handler
	// relative to itself.
	x86TxBegin
)

// x86Encoding is how an instruction's opcode map is told.
type x86Encoding uint8

const (
	x86Legacy x86Encoding = iota
	x86VEX
	x86EVEX
	x86XOP
)

// x86Prefix is a set of legacy prefixes.
type x86Prefix uint8

const (
	x86OpSize   x86Prefix = 1 << iota // 66
	x86AddrSize                       // 67
	x86Repne                          // F2
	x86Rep                            // F3
	x86Lock                           // F0
	x86FSGS                           // 64, 65: the segments that still have a base
)

// The bits of a REX prefix (0100WRXB).
const (
	x86RexB = 1 << iota
	x86RexX
	x86RexR
	x86RexW
)

// x86Insn is one decoded instruction.
type x86Insn struct {
	Len  int // bytes
	Kind x86Kind
	// RIPRel is the offset in the instruction of its 32-bit displacement when
	// that counts from the next instruction, else 0.
	RIPRel int

	enc      x86Encoding
	opmap    uint8 // 0: one byte, 1: 0F, 2: 0F 38, 3: 0F 3A; for the others as encoded
	op       uint8 // the opcode byte
	prefix   x86Prefix
	rex      uint8 // the whole byte, or 0
	hasModRM bool
	modrm    uint8
	sib      uint8
	disp     int32
	imm      int64 // sign-extended from its size
}

func (in *x86Insn) mod() uint8 { return in.modrm >> 6 }

// reg and rm are the fields of the ModRM byte, without what REX adds.
func (in *x86Insn) reg() uint8 { return in.modrm >> 3 & 7 }
func (in *x86Insn) rm() uint8  { return in.modrm & 7 }

func (in *x86Insn) has(p x86Prefix) bool { return in.prefix&p != 0 }

// wide says that REX.W asks for 64-bit operands. It overrides 66.
func (in *x86Insn) wide() bool { return in.rex&x86RexW != 0 }

// stacksReturn says that the instruction puts a return address on the stack or
// takes one off it, which a shadow stack would have to take part in.
func (in *x86Insn) stacksReturn() bool {
	switch in.Kind {
	case x86Call, x86CallIndirect, x86Ret:
		return true
	}
	return false
}

// The tables say what follows an opcode byte, one letter per opcode, one row
// per high nibble (Intel SDM volume 2, appendix A; AMD APM volume 3, appendix
// A):
//
//	.  nothing
//	M  ModRM
//	m  ModRM, imm8
//	Z  ModRM, imm16 or imm32 by operand size
//	3  ModRM, imm8 where its reg field is 0 or 1 (test)
//	4  ModRM, imm16 or imm32 by operand size where its reg field is 0 or 1
//	r  ModRM that names registers whatever its mod field says
//	q  ModRM, two imm8 under a prefix 66 or F2 (SSE4a extrq, insertq)
//	b  imm8
//	w  imm16
//	e  imm16, imm8
//	z  imm16 or imm32 by operand size
//	v  imm16, imm32 or imm64 by operand size
//	o  an address, 64 bits or 32 by address size
//	j  rel8
//	J  rel32
//	x  not an instruction
//	P  a prefix or escape, dealt with before
const (
	x86Map0 = "" +
		"MMMMbzxxMMMMbzxP" + // 00
		"MMMMbzxxMMMMbzxx" + // 10
		"MMMMbzPxMMMMbzPx" + // 20
		"MMMMbzPxMMMMbzPx" + // 30
		"PPPPPPPPPPPPPPPP" + // 40: REX
		"................" + // 50
		"xxPMPPPPzZbm...." + // 60
		"jjjjjjjjjjjjjjjj" + // 70
		"mZxmMMMMMMMMMMMM" + // 80
		"..........x....." + // 90
		"oooo....bz......" + // A0
		"bbbbbbbbvvvvvvvv" + // B0
		"mmw.PPmZe.w..bx." + // C0
		"MMMMxxx.MMMMMMMM" + // D0
		"jjjjbbbbJJxj...." + // E0
		"P.PP..34......MM" //   F0

	x86Map0F = "" +
		"MMMMx.....x.xMxx" + // 00
		"MMMMMMMMMMMMMMMM" + // 10
		"rrrrxxxxMMMMMMMM" + // 20
		"......x.PxPxxxxx" + // 30
		"MMMMMMMMMMMMMMMM" + // 40
		"MMMMMMMMMMMMMMMM" + // 50
		"MMMMMMMMMMMMMMMM" + // 60
		"mmmmMMM.qqxxMMMM" + // 70
		"JJJJJJJJJJJJJJJJ" + // 80
		"MMMMMMMMMMMMMMMM" + // 90
		"...MmMxx...MmMMM" + // A0
		"MMMMMMMMMMmMMMMM" + // B0
		"MMmMmmmM........" + // C0
		"MMMMMMMMMMMMMMMM" + // D0
		"MMMMMMMMMMMMMMMM" + // E0
		"MMMMMMMMMMMMMMMM" //   F0

	// x86Vex0F is the map 0F as VEX and EVEX see it.
	x86Vex0F = "" +
		"xxxxxxxxxxxxxxxx" + // 00
		"MMMMMMMMxxxxxxxx" + // 10
		"xxxxxxxxMMMMMMMM" + // 20
		"xxxxxxxxxxxxxxxx" + // 30
		"xMMxMMMMxxMMxxxx" + // 40: opmask operations
		"MMMMMMMMMMMMMMMM" + // 50
		"MMMMMMMMMMMMMMMM" + // 60
		"mmmmMMM.MMMMMMMM" + // 70
		"xxxxxxxxxxxxxxxx" + // 80
		"MMMMxxxxMMxxxxxx" + // 90: opmask moves
		"xxxxxxxxxxxxxxMx" + // A0
		"xxxxxxxxxxxxxxxx" + // B0
		"xxmxmmmxxxxxxxxx" + // C0
		"MMMMMMMMMMMMMMMM" + // D0
		"MMMMMMMMMMMMMMMM" + // E0
		"MMMMMMMMMMMMMMMx" //   F0
)

// x86Decode reads the instruction of 64-bit code at the start of code, which
// may hold more: its length, where its displacement lies when that is relative
// to the program counter, and its kind.
//
// It does not tell whether the operands make sense, nor in every case whether
// the opcode is defined: what the processor refuses it refuses in a copy as
// well. It refuses what processors disagree on: a near branch with operand
// size 16, of which AMD's read a rel16 and Intel's a rel32 (Intel SDM volume 2,
// JMP; AMD APM volume 3, 1.2.7).
func x86Decode(code []byte) (x86Insn, error) {
	d := x86Decoder{code: code[:min(len(code), x86MaxInsn)]}
	follow := d.opcode()
	d.operands(follow)
	switch {
	case d.short && len(code) < x86MaxInsn:
		return x86Insn{}, errX86Truncated
	case d.short || d.bad:
		return x86Insn{}, errX86Unknown
	}
	d.in.Len = d.off
	d.in.Kind = d.in.kind()
	return d.in, nil
}

// x86Decoder reads on behind the end, and remembers that it did.
type x86Decoder struct {
	in    x86Insn
	code  []byte
	off   int
	short bool // code ended
	bad   bool // no instruction
}

func (d *x86Decoder) peek() byte {
	if d.off >= len(d.code) {
		d.short = true
		return 0
	}
	return d.code[d.off]
}

func (d *x86Decoder) byte() byte {
	b := d.peek()
	d.off++
	return b
}

// signed reads a little-endian number of 1, 2, 4 or 8 bytes.
func (d *x86Decoder) signed(size int) int64 {
	if d.off+size > len(d.code) {
		d.short = true
		return 0
	}
	p := d.code[d.off:]
	d.off += size
	switch size {
	case 1:
		return int64(int8(p[0]))
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(p)))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(p)))
	}
	return int64(binary.LittleEndian.Uint64(p))
}

// prefixes reads the legacy prefixes and REX. A REX prefix that does not stand
// right before the opcode has no effect (Intel SDM volume 2, 2.2.1).
func (d *x86Decoder) prefixes() {
	for {
		b := d.peek()
		var p x86Prefix
		switch b {
		case 0x66:
			p = x86OpSize
		case 0x67:
			p = x86AddrSize
		case 0xf2:
			p = x86Repne
		case 0xf3:
			p = x86Rep
		case 0xf0:
			p = x86Lock
		case 0x64, 0x65:
			p = x86FSGS
		case 0x2e, 0x36, 0x3e, 0x26: // no base in 64-bit mode; hints before branches
		default:
			if b&0xf0 != 0x40 {
				return
			}
			d.in.rex = b
			d.off++
			continue
		}
		d.in.prefix |= p
		d.in.rex = 0
		d.off++
	}
}

// opcode reads up to and including the opcode byte and returns the table's
// letter for it.
func (d *x86Decoder) opcode() (follow byte) {
	d.prefixes()
	switch b := d.byte(); {
	case b == 0x0f:
		return d.opcode0F()
	case b == 0xc4:
		p := d.byte()
		d.byte() // W, vvvv, L, pp
		return d.vector(x86VEX, p&0x1f)
	case b == 0xc5:
		d.byte() // R, vvvv, L, pp; the map is 0F
		return d.vector(x86VEX, 1)
	case b == 0x62:
		p0, p1 := d.byte(), d.byte()
		d.byte() // z, L'L, b, V', aaa
		// With these bits otherwise it is APX or AVX10.2, whose operands differ.
		d.bad = d.bad || p0&0x08 != 0 || p1&0x04 == 0
		return d.vector(x86EVEX, p0&0x07)
	case b == 0x8f && d.peek()&0x1f >= 8:
		// Map numbers from 8 on keep XOP apart from 8F /0, pop.
		p := d.byte()
		d.byte() // W, vvvv, L, pp
		return d.vector(x86XOP, p&0x1f)
	default:
		d.in.op = b
		return x86Map0[b]
	}
}

func (d *x86Decoder) opcode0F() (follow byte) {
	b := d.byte()
	switch b {
	case 0x38:
		d.in.opmap, d.in.op = 2, d.byte()
		return 'M'
	case 0x3a:
		d.in.opmap, d.in.op = 3, d.byte()
		return 'm'
	}
	d.in.opmap, d.in.op = 1, b
	return x86Map0F[b]
}

// vector reads the opcode byte behind a VEX, EVEX or XOP prefix.
func (d *x86Decoder) vector(enc x86Encoding, opmap uint8) (follow byte) {
	// Before these, REX and the prefixes that they stand for raise #UD.
	if d.in.rex != 0 || d.in.has(x86OpSize|x86Repne|x86Rep|x86Lock) {
		d.bad = true
	}
	d.in.rex = 0
	d.in.enc, d.in.opmap, d.in.op = enc, opmap, d.byte()
	switch {
	case enc == x86XOP && opmap == 8:
		return 'm'
	case enc == x86XOP && opmap == 9:
		return 'M'
	case enc == x86XOP && opmap == 10:
		return 'Z'
	case enc == x86XOP:
		return 'x'
	case opmap == 1 && (enc == x86VEX || d.in.op != 0x77):
		return x86Vex0F[d.in.op]
	case opmap == 2:
		return 'M'
	case opmap == 3:
		return 'm'
	case enc == x86EVEX && (opmap == 5 || opmap == 6):
		return 'M' // AVX512-FP16
	}
	return 'x'
}

// operands reads what follows the opcode.
func (d *x86Decoder) operands(follow byte) {
	in := &d.in
	opSize := 4
	if in.has(x86OpSize) && !in.wide() {
		opSize = 2
	}
	switch follow {
	case 'M', 'm', 'Z', '3', '4', 'q':
		d.modRM()
	case 'r':
		in.hasModRM, in.modrm = true, d.byte()|0xc0
	}
	test := in.reg() <= 1
	switch {
	case follow == 'm', follow == 'b', follow == 'j', follow == '3' && test:
		in.imm = d.signed(1)
	case follow == 'Z', follow == 'z', follow == '4' && test:
		in.imm = d.signed(opSize)
	case follow == 'J':
		in.imm = d.signed(4)
		d.bad = d.bad || opSize == 2
	case follow == 'v' && in.wide():
		in.imm = d.signed(8)
	case follow == 'v':
		in.imm = d.signed(opSize)
	case follow == 'w':
		in.imm = d.signed(2)
	case follow == 'e':
		in.imm = d.signed(2)
		d.signed(1)
	case follow == 'q' && in.op == 0x78 && in.has(x86OpSize|x86Repne):
		d.signed(2)
	case follow == 'o' && in.has(x86AddrSize):
		d.signed(4)
	case follow == 'o':
		d.signed(8)
	case follow == 'x', follow == 'P':
		d.bad = true
	}
	if in.enc == x86Legacy && in.opmap == 0 && !in.inGroup() {
		d.bad = true
	}
}

// modRM reads ModRM, SIB and displacement. Address size 32 has the same shapes
// as 64 (Intel SDM volume 2, table 2-2 and 2.2.1.3).
func (d *x86Decoder) modRM() {
	in := &d.in
	in.hasModRM, in.modrm = true, d.byte()
	if in.mod() == 3 {
		return
	}
	base := in.rm()
	if base == 4 {
		in.sib = d.byte()
		base = in.sib & 7
	}
	switch {
	case in.mod() == 1:
		in.disp = int32(d.signed(1))
	case in.mod() == 2, base == 5:
		if in.mod() == 0 && in.rm() == 5 {
			in.RIPRel = d.off
		}
		in.disp = int32(d.signed(4))
	}
}

// kind classifies a decoded instruction.
func (in *x86Insn) kind() x86Kind {
	switch {
	case in.enc != x86Legacy || in.opmap > 1:
		return x86Plain
	case in.opmap == 1:
		return in.kind0F()
	}
	switch op := in.op; op {
	case 0xe8:
		return x86Call
	case 0xe9, 0xeb:
		return x86Jump
	case 0xe0, 0xe1, 0xe2, 0xe3:
		return x86CondJump
	case 0xc2, 0xc3, 0xca, 0xcb, 0xcf:
		return x86Ret
	case 0xcc, 0xf1:
		return x86Trap
	case 0xcd:
		if uint8(in.imm) == 0x80 {
			return x86Syscall
		}
		return x86Trap
	case 0xc7:
		if in.modrm == 0xf8 {
			return x86TxBegin
		}
	case 0xff:
		switch in.reg() {
		case 2, 3:
			return x86CallIndirect
		case 4, 5:
			return x86JumpIndirect
		}
	default:
		if op&0xf0 == 0x70 {
			return x86CondJump
		}
	}
	return x86Plain
}

func (in *x86Insn) kind0F() x86Kind {
	switch op := in.op; op {
	case 0x05:
		return x86Syscall
	case 0x0b, 0x34, 0xb9, 0xff:
		return x86Trap
	default:
		if op&0xf0 == 0x80 {
			return x86CondJump
		}
	}
	return x86Plain
}

// inGroup says whether the ModRM byte picks a member of its one-byte opcode's
// group that is defined (Intel SDM volume 2, table A-6).
func (in *x86Insn) inGroup() bool {
	reg, register := in.reg(), in.mod() == 3
	switch in.op {
	case 0x8f:
		return reg == 0
	case 0xc6, 0xc7:
		return reg == 0 || in.modrm == 0xf8 // mov; xabort, xbegin
	case 0xfe:
		return reg <= 1
	case 0xff:
		far := reg == 3 || reg == 5
		return reg != 7 && !(far && register)
	}
	return true
}
