package insn

// Mode is what an x86 processor takes bytes for.
type Mode uint8

const (
	Mode64 Mode = iota // 64-bit code
	Mode32             // code of a 32-bit segment
)

// WordSize returns the size in bytes of addresses, and of what push and call
// store.
func (m Mode) WordSize() int {
	if m == Mode32 {
		return 4
	}
	return 8
}

// X86MaxLen is the length in bytes beyond which the processor refuses an
// instruction (Intel SDM volume 2, 2.3.11).
const X86MaxLen = 15

// X86Encoding is how an instruction's opcode map is told.
type X86Encoding uint8

const (
	X86Legacy X86Encoding = iota
	X86VEX
	X86EVEX
	X86XOP
)

// X86Prefix is a set of legacy prefixes.
type X86Prefix uint8

const (
	X86OpSize   X86Prefix = 1 << iota // 66
	X86AddrSize                       // 67
	X86Repne                          // F2
	X86Rep                            // F3
	X86Lock                           // F0
	// X86FSGS is 64 or 65: the segments that have a base. The others have none
	// in 64-bit mode, and none in the flat segments that Linux gives to 32-bit
	// programs.
	X86FSGS
)

// The bits of a REX prefix (0100WRXB).
const (
	X86RexB = 1 << iota
	X86RexX
	X86RexR
	X86RexW
)

// X86 is one decoded instruction. The zero value is none.
type X86 struct {
	Len  int // bytes
	Kind Kind
	Mode Mode
	// RIPRel is the offset in the instruction of its 32-bit displacement when
	// that counts from the next instruction, else 0.
	RIPRel int

	Enc      X86Encoding
	Map      uint8 // the opcode map; legacy: 0: one byte, 1: 0F, 2: 0F 38, 3: 0F 3A
	Op       uint8 // the opcode byte
	Prefix   X86Prefix
	REX      uint8 // the whole byte, or 0
	HasModRM bool
	ModRM    uint8
	SIB      uint8
	Disp     int32 // sign-extended from its size
	// Imm is the immediate operand or the branch's distance, sign-extended from
	// its size; the address, of a move between it and the accumulator (A0 to A3).
	Imm int64
}

// Mod returns the mod field of the ModRM byte.
func (in *X86) Mod() uint8 { return in.ModRM >> 6 }

// Reg returns the reg field of the ModRM byte, without what REX adds.
func (in *X86) Reg() uint8 { return in.ModRM >> 3 & 7 }

// RM returns the rm field of the ModRM byte, without what REX adds.
func (in *X86) RM() uint8 { return in.ModRM & 7 }

// Has tells whether one of the prefixes p is there.
func (in *X86) Has(p X86Prefix) bool { return in.Prefix&p != 0 }

// Wide says that REX.W asks for 64-bit operands. It overrides 66.
func (in *X86) Wide() bool { return in.REX&X86RexW != 0 }

// StacksReturn says that the instruction puts a return address on the stack or
// takes one off it, which a shadow stack would have to take part in.
func (in *X86) StacksReturn() bool {
	switch in.Kind {
	case Call, CallIndirect, FarCall, Ret:
		return true
	}
	return false
}

// Target returns where a Jump, CondJump or Call goes that stands at at. ok is
// false for other kinds.
func (in *X86) Target(at uint64) (target uint64, ok bool) {
	switch in.Kind {
	case Jump, CondJump, Call:
		return in.cut(at + uint64(in.Len) + uint64(in.Imm)), true
	}
	return 0, false
}

// cut makes an address one of the instruction's mode.
func (in *X86) cut(a uint64) uint64 {
	switch {
	case in.Mode == Mode64:
		return a
	case in.Has(X86OpSize) && in.Kind != Plain:
		return uint64(uint16(a)) // a branch that cuts eip
	}
	return uint64(uint32(a))
}
