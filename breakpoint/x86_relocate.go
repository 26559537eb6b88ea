package breakpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"sonde/insn"
	"sonde/sysdeps"
)

// x86MaxSlot is the number of bytes that x86Relocate appends at most: the
// longest instruction and the longest jump back.
const x86MaxSlot = insn.X86MaxLen + x86MaxJump

// x86MaxJump is the length of `jmp *0(%rip)` and the address behind it.
const x86MaxJump = 6 + 8

var (
	// errX86Pinned says that the instruction does its work only where it stands.
	errX86Pinned = errors.New("instruction depends on its address")
	// errX86Reach says that a displacement of 32 bits does not reach.
	errX86Reach = errors.New("operand out of reach")
)

// x86Relocate appends to dst a copy of the instruction at the start of code,
// which stands at from, that does the same when run at to: the address of the
// first byte appended. Where the instruction runs on, a jump to the one behind
// it follows. On an error dst is returned as it was.
//
// split is the offset in the copy of that jump back, and the length of the
// instruction. The copy is one instruction and the jump another, and neither
// has any other effect on the way; so a program counter below to+split means
// "not yet executed" (the program's own is from), and one at or behind it means
// "executed" (the program's own is from+split).
//
// Refused are: direct jumps, since they are emulated for less; calls, which
// would push an address in the copy (32-bit code calls to learn its own); xbegin; and instructions that always trap,
// whose siginfo would carry the address of the copy.
//
// What a copy cannot hide, and nothing in a program is known to look at: rcx
// after a syscall, which the kernel's ABI declares clobbered (it holds the
// address behind the copy's own); the address of the last x87 instruction as
// fnstenv and fxsave store it; and si_addr of a SIGFPE or SIGILL, which whoever
// delivers the signal has to translate with the program counter.
func x86Relocate(dst, code []byte, mode insn.Mode, from, to sysdeps.Addr) (out []byte, split int, err error) {
	in, err := insn.DecodeX86(code, mode)
	if err == nil {
		switch in.Kind {
		case insn.Plain, insn.JumpIndirect, insn.FarJump, insn.Ret, insn.Syscall:
		default:
			err = errX86Pinned
		}
	}
	if err == nil {
		out, err = x86AppendCopy(dst, code[:in.Len], in, from, to)
	}
	if err != nil {
		return dst, 0, fmt.Errorf("relocate instruction at %v: %w", from, err)
	}
	switch in.Kind {
	case insn.Plain, insn.Syscall:
		n := sysdeps.Addr(in.Len)
		out = x86AppendJump(out, mode, to+n, from+n)
	}
	return out, in.Len, nil
}

// x86AppendCopy appends the instruction with its displacement adjusted.
func x86AppendCopy(dst, code []byte, in insn.X86, from, to sysdeps.Addr) ([]byte, error) {
	if in.RIPRel == 0 {
		return append(dst, code...), nil
	}
	disp := int64(in.Disp) + int64(from-to)
	if in.Has(insn.X86AddrSize) {
		// The sum is cut to 32 bits, and so may be each term.
		disp = int64(int32(disp))
	}
	if disp != int64(int32(disp)) {
		return dst, errX86Reach
	}
	start := len(dst)
	dst = append(dst, code...)
	binary.LittleEndian.PutUint32(dst[start+in.RIPRel:], uint32(disp))
	return dst, nil
}

// x86AppendJump appends a jump that stands at `at` and goes to target, without
// touching a register. In 32-bit code a displacement wraps around and reaches
// everything.
func x86AppendJump(dst []byte, mode insn.Mode, at, target sysdeps.Addr) []byte {
	rel := int64(target - (at + 5))
	if mode == insn.Mode32 || math.MinInt32 <= rel && rel <= math.MaxInt32 {
		return binary.LittleEndian.AppendUint32(append(dst, 0xe9), uint32(rel))
	}
	dst = append(dst, 0xff, 0x25, 0, 0, 0, 0) // jmp *0(%rip)
	return binary.LittleEndian.AppendUint64(dst, uint64(target))
}
