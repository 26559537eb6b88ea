package insn

import "encoding/binary"

// DecodeX86 reads the instruction at the start of code, which may hold more.
// The errors are ErrTruncated and ErrUnknown.
//
// It does not tell whether the operands make sense, nor in every case whether
// the opcode is defined: what the processor refuses it refuses in a copy as
// well. It refuses what processors disagree on: a near branch of 64-bit code with
// operand size 16, of which AMD's read a rel16 and Intel's a rel32 (Intel SDM
// volume 2, JMP; AMD APM volume 3, 1.2.7).
func DecodeX86(code []byte, mode Mode) (X86, error) {
	d := x86Decoder{code: code[:min(len(code), X86MaxLen)], in: X86{Mode: mode}}
	follow := d.opcode()
	d.operands(follow)
	switch {
	case d.short && len(code) < X86MaxLen:
		return X86{}, ErrTruncated
	case d.short || d.bad:
		return X86{}, ErrUnknown
	}
	d.in.Len = d.off
	d.in.Kind = d.in.kind()
	return d.in, nil
}

// x86Decoder reads on behind the end, and remembers that it did.
type x86Decoder struct {
	in    X86
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
		var p X86Prefix
		switch b {
		case 0x66:
			p = X86OpSize
		case 0x67:
			p = X86AddrSize
		case 0xf2:
			p = X86Repne
		case 0xf3:
			p = X86Rep
		case 0xf0:
			p = X86Lock
		case 0x64, 0x65:
			p = X86FSGS
		case 0x2e, 0x36, 0x3e, 0x26: // no base; hints before branches
		default:
			if d.in.Mode != Mode64 || b&0xf0 != 0x40 {
				return
			}
			d.in.REX = b
			d.off++
			continue
		}
		d.in.Prefix |= p
		d.in.REX = 0
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
	case b == 0xc4 && d.isVector():
		p := d.byte()
		d.byte() // W, vvvv, L, pp
		return d.vector(X86VEX, p&0x1f)
	case b == 0xc5 && d.isVector():
		d.byte() // R, vvvv, L, pp; the map is 0F
		return d.vector(X86VEX, 1)
	case b == 0x62 && d.isVector():
		p0, p1 := d.byte(), d.byte()
		d.byte() // z, L'L, b, V', aaa
		// With these bits otherwise it is APX or AVX10.2, whose operands differ.
		d.bad = d.bad || p0&0x08 != 0 || p1&0x04 == 0
		return d.vector(X86EVEX, p0&0x07)
	case b == 0x8f && d.peek()&0x1f >= 8:
		// Map numbers from 8 on keep XOP apart from 8F /0, pop.
		p := d.byte()
		d.byte() // W, vvvv, L, pp
		return d.vector(X86XOP, p&0x1f)
	default:
		d.in.Op = b
		if d.in.Mode == Mode32 {
			return x86Map0In32[b]
		}
		return x86Map0[b]
	}
}

// isVector tells whether C4, C5 or 62 begins a VEX or EVEX prefix. In 32-bit
// code that is where les, lds and bound would name a register, which they cannot
// (Intel SDM volume 2, 2.3.5).
func (d *x86Decoder) isVector() bool { return d.in.Mode == Mode64 || d.peek() >= 0xc0 }

func (d *x86Decoder) opcode0F() (follow byte) {
	b := d.byte()
	switch b {
	case 0x38:
		d.in.Map, d.in.Op = 2, d.byte()
		return 'M'
	case 0x3a:
		d.in.Map, d.in.Op = 3, d.byte()
		return 'm'
	}
	d.in.Map, d.in.Op = 1, b
	return x86Map0F[b]
}

// vector reads the opcode byte behind a VEX, EVEX or XOP prefix.
func (d *x86Decoder) vector(enc X86Encoding, opmap uint8) (follow byte) {
	// Before these, REX and the prefixes that they stand for raise #UD.
	if d.in.REX != 0 || d.in.Has(X86OpSize|X86Repne|X86Rep|X86Lock) {
		d.bad = true
	}
	d.in.REX = 0
	d.in.Enc, d.in.Map, d.in.Op = enc, opmap, d.byte()
	switch {
	case enc == X86XOP && opmap == 8:
		return 'm'
	case enc == X86XOP && opmap == 9:
		return 'M'
	case enc == X86XOP && opmap == 10:
		return 'Z'
	case enc == X86XOP:
		return 'x'
	case opmap == 1 && (enc == X86VEX || d.in.Op != 0x77):
		return x86Vex0F[d.in.Op]
	case opmap == 2:
		return 'M'
	case opmap == 3:
		return 'm'
	case enc == X86EVEX && (opmap == 5 || opmap == 6):
		return 'M' // AVX512-FP16
	}
	return 'x'
}

// operands reads what follows the opcode.
func (d *x86Decoder) operands(follow byte) {
	in := &d.in
	opSize := 4
	if in.Has(X86OpSize) && !in.Wide() {
		opSize = 2
	}
	switch follow {
	case 'M', 'm', 'Z', '3', '4', 'q':
		d.modRM()
	case 'r':
		in.HasModRM, in.ModRM = true, d.byte()|0xc0
	}
	test := in.Reg() <= 1
	switch {
	case follow == 'm', follow == 'b', follow == 'j', follow == '3' && test:
		in.Imm = d.signed(1)
	case follow == 'Z', follow == 'z', follow == '4' && test:
		in.Imm = d.signed(opSize)
	case follow == 'J':
		d.bad = d.bad || opSize == 2 && in.Mode == Mode64
		in.Imm = d.signed(opSize)
	case follow == 'v' && in.Wide():
		in.Imm = d.signed(8)
	case follow == 'v':
		in.Imm = d.signed(opSize)
	case follow == 'w':
		in.Imm = d.signed(2)
	case follow == 'e':
		in.Imm = d.signed(2)
		d.signed(1)
	case follow == 'q' && in.Op == 0x78 && in.Has(X86OpSize|X86Repne):
		d.signed(2)
	case follow == 'f':
		in.Imm = d.signed(opSize)
		d.signed(2)
	case follow == 'o':
		in.Imm = d.address(int(in.AddressSize()))
	case follow == 'x', follow == 'P':
		d.bad = true
	}
	if in.Enc == X86Legacy && in.Map == 0 && !in.inGroup() {
		d.bad = true
	}
}

// address reads a little-endian number without sign.
func (d *x86Decoder) address(size int) int64 {
	return d.signed(size) & int64(^uint64(0)>>(64-8*size))
}

// modRM reads ModRM, SIB and displacement. Address size 32 has the same shapes
// as 64 (Intel SDM volume 2, table 2-2 and 2.2.1.3).
func (d *x86Decoder) modRM() {
	in := &d.in
	in.HasModRM, in.ModRM = true, d.byte()
	if in.Mod() == 3 {
		return
	}
	base := in.RM()
	if in.AddressSize() == 2 {
		d.disp16(base)
		return
	}
	if base == 4 {
		in.SIB = d.byte()
		base = in.SIB & 7
	}
	switch {
	case in.Mod() == 1:
		in.Disp = int32(d.signed(1))
	case in.Mod() == 2, base == 5:
		if in.Mode == Mode64 && in.Mod() == 0 && in.RM() == 5 {
			in.RIPRel = d.off
		}
		in.Disp = int32(d.signed(4))
	}
}

// disp16 reads the displacement of a 16-bit address, where no SIB stands before
// it (Intel SDM volume 2, table 2-1).
func (d *x86Decoder) disp16(base uint8) {
	switch mod := d.in.Mod(); {
	case mod == 1:
		d.in.Disp = int32(d.signed(1))
	case mod == 2:
		d.in.Disp = int32(d.signed(2))
	case base == 6:
		d.in.Disp = int32(d.address(2))
	}
}

// kind classifies a decoded instruction.
func (in *X86) kind() Kind {
	switch {
	case in.Enc != X86Legacy || in.Map > 1:
		return Plain
	case in.Map == 1:
		return in.kind0F()
	}
	switch op := in.Op; op {
	case 0xe8:
		return Call
	case 0xe9, 0xeb:
		return Jump
	case 0xe0, 0xe1, 0xe2, 0xe3:
		return CondJump
	case 0xc2, 0xc3, 0xca, 0xcb, 0xcf:
		return Ret
	case 0xcc, 0xce, 0xf1:
		return Trap
	case 0x9a:
		return FarCall
	case 0xea:
		return FarJump
	case 0xcd:
		if uint8(in.Imm) == 0x80 {
			return Syscall
		}
		return Trap
	case 0xc7:
		if in.ModRM == 0xf8 {
			return TxBegin
		}
	case 0xff:
		switch in.Reg() {
		case 2, 3:
			return CallIndirect
		case 4, 5:
			return JumpIndirect
		}
	default:
		if op&0xf0 == 0x70 {
			return CondJump
		}
	}
	return Plain
}

func (in *X86) kind0F() Kind {
	switch op := in.Op; op {
	case 0x05:
		if in.Mode == Mode32 {
			return Trap
		}
		return Syscall
	case 0x0b, 0x34, 0xb9, 0xff:
		return Trap
	default:
		if op&0xf0 == 0x80 {
			return CondJump
		}
	}
	return Plain
}

// inGroup says whether the ModRM byte picks a member of its one-byte opcode's
// group that is defined (Intel SDM volume 2, table A-6).
func (in *X86) inGroup() bool {
	reg, register := in.Reg(), in.Mod() == 3
	switch in.Op {
	case 0x8f:
		return reg == 0
	case 0xc6, 0xc7:
		return reg == 0 || in.ModRM == 0xf8 // mov; xabort, xbegin
	case 0xfe:
		return reg <= 1
	case 0xff:
		far := reg == 3 || reg == 5
		return reg != 7 && !(far && register)
	}
	return true
}
