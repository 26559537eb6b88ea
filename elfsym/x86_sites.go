package elfsym

import (
	"encoding/binary"

	"sonde/insn"
)

// visitX86 looks for operands that count from the program counter: a ModRM byte
// with mod 00 and rm 101, and a displacement that leads to a pointer from the end
// of the instruction. A call or jump through any other word of data is kept too,
// until it is known whether there is a relative relocation.
func (sc *scanner) visitX86(code []byte, addr uint64, from int) {
	// For the word at code[i], i + word + toLo is the distance of what it
	// leads to from lo.
	toLo, span := uint32(addr+4-sc.lo), sc.span
	for i := max(from, 1); i+4 <= len(code); i++ {
		word := binary.LittleEndian.Uint32(code[i:])
		if uint32(i)+word+toLo >= span || code[i-1]&0xc7 != 0x05 {
			continue
		}
		field := addr + uint64(i)
		target := field + 4 + uint64(int64(int32(word)))
		if pointer, ok := sc.behind(target); ok {
			sc.candidates = append(sc.candidates, candidate{field: field, pointer: pointer})
		} else if i >= 2 && code[i-2] == 0xff && (code[i-1] == 0x15 || code[i-1] == 0x25) {
			sc.candidates = append(sc.candidates, candidate{field: field, pointer: target, relative: true})
		}
	}
}

// behind returns the pointer where an operand leads, or behind it by the length
// of an immediate operand.
func (sc *scanner) behind(target uint64) (pointer uint64, ok bool) {
	for _, imm := range [...]uint64{0, 1, 2, maxImm} {
		if sc.pointers.has(target + imm) {
			return target + imm, true
		}
	}
	return 0, false
}

// x86Site returns the site that an instruction at at is, if it is the one that
// the candidate belongs to.
func (sc *scanner) x86Site(in *insn.X86, at uint64, c candidate) (Site, bool) {
	pointer, ok := in.Static(at)
	if !ok || in.RIPRel == 0 || at+uint64(in.RIPRel) != c.field {
		return Site{}, false
	}
	if c.relative && c.pointer != pointer || !c.relative && !sc.pointers.has(pointer) {
		return Site{}, false
	}
	return x86SiteOf(in, at, pointer)
}

// x86SiteOf tells what an instruction does with the pointer that its operand is.
func x86SiteOf(in *insn.X86, at, pointer uint64) (Site, bool) {
	site := Site{Addr: at, Pointer: pointer, Kind: SiteLoad}
	switch in.Kind {
	case insn.CallIndirect:
		site.Kind = SiteCall
	case insn.JumpIndirect:
		site.Kind = SiteJump
	default:
		return site, x86Reads(in)
	}
	return site, true
}

// x86Reads reports whether an instruction with a memory operand reads it: not if
// it only writes to it, as far as compilers write pointers, or takes its address.
func x86Reads(in *insn.X86) bool {
	switch in.Map {
	case 0:
		switch in.Op {
		case 0x88, 0x89, 0xc6, 0xc7, 0x8f, 0xa2, 0xa3, 0x8d: // mov, pop, lea
			return false
		}
	case 1:
		switch op := in.Op; op {
		case 0x11, 0x13, 0x17, 0x29, 0x2b, 0x7f, 0xd6, 0xe7, 0xc3: // movups, movlps, movhps, movaps, movnt, movdqa, movq, movnti
			return false
		case 0x7e: // movd, movq to memory, but with F3 from there; VEX has that elsewhere
			return in.Enc != insn.X86Legacy || in.Has(insn.X86Rep)
		case 0x0d, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f: // prefetch, nop
			return false
		default:
			return op&0xf0 != 0x90 // setcc
		}
	case 3:
		return in.Op&^3 != 0x14 // pextr
	}
	return true
}
