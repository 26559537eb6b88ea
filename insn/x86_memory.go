package insn

// X86NoReg stands for a base or an index that is not there.
const X86NoReg = -1

// X86Memory is a memory operand: base + index<<scale + disp.
type X86Memory struct {
	// Base and Index are the numbers of general registers, 0 (rax) to 15
	// (r15), or X86NoReg.
	Base, Index int8
	Scale       uint8
	RIPRel      bool  // Disp counts from the next instruction
	FSGS        bool  // the sum counts from the base of FS or GS
	Size        uint8 // of the address, in bytes: the sum is cut to it
	Disp        int64
}

// x86Bases16 and x86Indexes16 are the registers of 16-bit addresses, by the rm
// field: bx, bp, si and di (Intel SDM volume 2, table 2-1).
var (
	x86Bases16   = [8]int8{3, 3, 5, 5, X86NoReg, X86NoReg, 5, 3}
	x86Indexes16 = [8]int8{6, 7, 6, 7, 6, 7, X86NoReg, X86NoReg}
)

// Memory returns the memory operand that ModRM names, or that of a move between
// an address and the accumulator (Intel SDM volume 2, tables 2-1 to 2-5). ok is
// false where there is none, or a vector of addresses.
func (in *X86) Memory() (mem X86Memory, ok bool) {
	mem = X86Memory{Base: X86NoReg, Index: X86NoReg, FSGS: in.Has(X86FSGS), Size: in.AddressSize()}
	switch {
	case in.Enc == X86Legacy && in.Map == 0 && in.Op&^3 == 0xa0:
		mem.Disp = in.Imm
		return mem, true
	case !in.HasModRM || in.Mod() == 3 || in.unkept():
		return X86Memory{}, false
	}
	mem.Disp = int64(in.Disp)
	if mem.Size == 2 {
		if in.Mod() != 0 || in.RM() != 6 {
			mem.Base, mem.Index = x86Bases16[in.RM()], x86Indexes16[in.RM()]
		}
		return mem, true
	}
	base := in.RM()
	if base == 4 {
		base = in.SIB & 7
		if index := in.SIB>>3&7 | in.REX&X86RexX<<2; index != 4 {
			mem.Index, mem.Scale = int8(index), in.SIB>>6
		}
	}
	switch {
	case in.RIPRel != 0:
		mem.RIPRel = true
	case in.Mod() == 0 && base == 5: // disp32 alone, or with an index
	default:
		mem.Base = int8(base | in.REX&X86RexB<<3)
	}
	return mem, true
}

// unkept tells whether bits of VEX, EVEX or XOP, which X86 does not keep, take
// part in the operand: in its registers, or in the unit of its disp8.
func (in *X86) unkept() bool { return in.Enc != X86Legacy && in.RIPRel == 0 }

// AddressSize returns the size in bytes of the addresses that the instruction
// makes up, and of what loop and jrcxz count in.
func (in *X86) AddressSize() uint8 {
	switch {
	case in.Mode == Mode64 && !in.Has(X86AddrSize):
		return 8
	case in.Mode == Mode32 && in.Has(X86AddrSize):
		return 2
	}
	return 4
}

// Static returns the address of the memory operand of an instruction that stands
// at at, where no register takes part in it: one relative to the program counter,
// or a displacement alone.
func (in *X86) Static(at uint64) (addr uint64, ok bool) {
	mem, ok := in.Memory()
	if !ok || mem.Base != X86NoReg || mem.Index != X86NoReg || mem.FSGS {
		return 0, false
	}
	addr = uint64(mem.Disp)
	if mem.RIPRel {
		addr += at + uint64(in.Len)
	}
	return addr & (^uint64(0) >> (64 - 8*mem.Size)), true
}
