package elfsym

import (
	"bytes"
	"encoding/binary"
)

// The instructions of linkage tables. The x86-64 psABI (5.2, "Procedure Linkage
// Table") shows only the lazy form; the others are in the linkers' sources:
// bfd/elf64-x86-64.c of binutils, lld/ELF/Arch/X86_64.cpp, mold's
// elf/arch-x86-64.cc.
var (
	x86Endbr64    = []byte{0xf3, 0x0f, 0x1e, 0xfa}
	x86MovR11Imm  = []byte{0x41, 0xbb}       // mov $imm32,%r11d
	x86MovR11Load = []byte{0x4c, 0x8b, 0x1d} // mov rel32(%rip),%r11
	x86JmpLoad    = []byte{0xff, 0x25}       // jmp *rel32(%rip)
)

const (
	x86Push    = 0x68 // push $imm32
	x86Jmp     = 0xe9 // jmp rel32
	x86Call    = 0xe8 // call rel32
	x86Int3    = 0xcc
	x86Bnd     = 0xf2 // prefix: keep MPX bounds
	x86Notrack = 0x3e // prefix: the target need not be endbr64
)

// x86Decode is the stubDecoder of x86-64. It knows these:
//
//	jmp *got; push n; jmp plt0               ld, gold, lld: lazy
//	endbr64; push n; jmp plt0                ld, lld: behind .plt.sec
//	push n; bnd jmp plt0                     ld -z bndplt: behind .plt.bnd
//	endbr64; jmp *got; nop                   .plt.sec, .plt.got with IBT
//	bnd jmp *got; nop                        .plt.bnd, .plt.sec
//	jmp *got; nop                            .plt.got, static programs
//	endbr64; mov n,%r11d; jmp *got           mold: lazy
//	endbr64; jmp *got; int3...               mold: .plt.got
//	mov got,%r11; call t; jmp; push n; jmp   lld -z retpolineplt: lazy
//	mov got,%r11; jmp t; int3...             lld -z retpolineplt, -z now
func x86Decode(code []byte, addr uint64) stub {
	c, isEndbr := bytes.CutPrefix(code, x86Endbr64)
	if rest, ok := bytes.CutPrefix(c, x86MovR11Load); ok && !isEndbr {
		return x86Retpoline(rest, addr+uint64(len(x86MovR11Load)))
	}
	if x86IsPush(c) {
		return stub{kind: pushStub, size: 16}
	}
	kind := plainSlot
	if isEndbr && len(c) >= 6 && bytes.HasPrefix(c, x86MovR11Imm) {
		kind, c = certainSlot, c[6:]
	}
	for range 2 {
		if len(c) > 0 && (c[0] == x86Bnd || c[0] == x86Notrack) {
			c = c[1:]
		}
	}
	c, ok := bytes.CutPrefix(c, x86JmpLoad)
	if !ok || len(c) < 4 {
		return stub{}
	}
	size := len(code) - len(c) + 4
	got := x86RIPRelative(c, addr+uint64(size))
	if c = c[4:]; x86IsPush(c) {
		return stub{kind: certainSlot, size: 16, got: got}
	}
	padded := (size + 7) &^ 7
	if x86IsInt3(c, padded-size) {
		kind = certainSlot
	}
	return stub{kind: kind, size: padded, got: got}
}

// x86Retpoline decodes what follows the opcode of mov got(%rip),%r11.
func x86Retpoline(c []byte, addr uint64) stub {
	if len(c) < 9 {
		return stub{}
	}
	got := x86RIPRelative(c, addr+4)
	after := c[9:] // behind the call or jump
	switch {
	case c[4] == x86Call && len(after) >= 5 && after[0] == x86Jmp && x86IsPush(after[5:]):
		return stub{kind: certainSlot, size: 32, got: got}
	case c[4] == x86Jmp && x86IsInt3(after, 4):
		return stub{kind: certainSlot, size: 16, got: got}
	}
	return stub{}
}

// x86IsPush reports whether code is push $imm32 and a direct jump, which may
// have a bnd prefix.
func x86IsPush(c []byte) bool {
	if len(c) < 10 || c[0] != x86Push {
		return false
	}
	return c[5] == x86Jmp || c[5] == x86Bnd && len(c) >= 11 && c[6] == x86Jmp
}

// x86IsInt3 reports whether code begins with n int3, two or more. A single one
// is what compilers put behind any jump against straight-line speculation.
func x86IsInt3(c []byte, n int) bool {
	if n < 2 || len(c) < n {
		return false
	}
	for _, b := range c[:n] {
		if b != x86Int3 {
			return false
		}
	}
	return true
}

// x86RIPRelative returns the address that a 32-bit displacement means in an
// instruction that ends at next.
func x86RIPRelative(disp []byte, next uint64) uint64 {
	return next + uint64(int64(int32(binary.LittleEndian.Uint32(disp))))
}
