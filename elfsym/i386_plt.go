package elfsym

import (
	"bytes"
	"encoding/binary"
)

// The instructions of linkage tables in 32-bit code. The i386 psABI (5.2) shows
// the lazy forms; the others are in bfd/elf32-i386.c of binutils,
// lld/ELF/Arch/X86.cpp and mold's elf/arch-i386.cc.
var (
	i386Endbr32    = []byte{0xf3, 0x0f, 0x1e, 0xfb}
	i386JmpAbs     = []byte{0xff, 0x25} // jmp *abs32
	i386JmpGOT     = []byte{0xff, 0xa3} // jmp *disp32(%ebx)
	i386PushEAX    = []byte{0x50}
	i386LoadAbs    = []byte{0xa1}             // mov abs32,%eax
	i386LoadGOT    = []byte{0x8b, 0x83}       // mov disp32(%ebx),%eax
	i386MovECX     = []byte{0xb9}             // mov $imm32,%ecx
	i386MoldHeader = []byte{0x51, 0x8d, 0x8b} // push %ecx; lea disp32(%ebx),%ecx
)

// i386Table decodes linkage tables of 32-bit files. In position-independent
// code the slots have %ebx as the base, which callers set before: to
// DT_PLTGOT, says the i386 psABI. mold sets it to the start of .got instead;
// how far that is from DT_PLTGOT is told by the header of its table only.
type i386Table struct {
	linked uint64 // DT_PLTGOT
	base   uint64 // what %ebx holds
}

// decode is the stubDecoder of 32-bit x86. It knows these, where got is
// absolute or relative to %ebx:
//
//	jmp *got; push n; jmp plt0                  ld, gold, lld: lazy
//	endbr32; push n; jmp plt0                   ld, lld: behind .plt.sec
//	endbr32; jmp *got; nop                      .plt.sec, .plt.got with IBT
//	jmp *got; nop                               .plt.got, static programs
//	endbr32; mov n,%ecx; jmp *got               mold: lazy
//	endbr32; jmp *got; int3...                  mold: .plt.got
//	push %eax; mov got,%eax; call t; jmp; push n; jmp   lld -z retpolineplt
func (t *i386Table) decode(code []byte, _ uint64) stub {
	c, isEndbr := bytes.CutPrefix(code, i386Endbr32)
	if rest, ok := bytes.CutPrefix(c, i386PushEAX); ok && !isEndbr {
		return t.retpoline(rest)
	}
	if rest, ok := bytes.CutPrefix(c, i386MoldHeader); ok && isEndbr && len(rest) >= 4 {
		t.base = uint64(uint32(t.linked) + 4 - binary.LittleEndian.Uint32(rest))
		return stub{kind: pushStub, size: 16}
	}
	if x86IsPush(c) {
		return stub{kind: pushStub, size: 16}
	}
	kind := plainSlot
	if isEndbr && len(c) >= 5 && bytes.HasPrefix(c, i386MovECX) {
		kind, c = certainSlot, c[5:]
	}
	got, c, ok := t.operand(c, i386JmpAbs, i386JmpGOT)
	if !ok {
		return stub{}
	}
	if x86IsPush(c) {
		return stub{kind: certainSlot, size: 16, got: got}
	}
	size := len(code) - len(c)
	padded := (size + slotAlign - 1) &^ (slotAlign - 1)
	if x86IsInt3(c, padded-size) {
		kind = certainSlot
	}
	return stub{kind: kind, size: padded, got: got}
}

// retpoline decodes what follows push %eax.
func (t *i386Table) retpoline(c []byte) stub {
	got, c, ok := t.operand(c, i386LoadAbs, i386LoadGOT)
	if ok && len(c) >= 10 && c[0] == x86Call && c[5] == x86Jmp && x86IsPush(c[10:]) {
		return stub{kind: certainSlot, size: 32, got: got}
	}
	return stub{}
}

// operand decodes an instruction that reads memory at an absolute address, or
// at a distance from %ebx, and returns that address and the code behind.
func (t *i386Table) operand(c, abs, relative []byte) (got uint64, rest []byte, ok bool) {
	base := uint32(0)
	rest, ok = bytes.CutPrefix(c, abs)
	if !ok {
		base = uint32(t.base)
		rest, ok = bytes.CutPrefix(c, relative)
	}
	if !ok || len(rest) < 4 {
		return 0, nil, false
	}
	return uint64(base + binary.LittleEndian.Uint32(rest)), rest[4:], true
}
