package trace

import (
	"math/bits"

	"sonde/proc"
	"sonde/sysdeps"
)

// x86JmpBuf is where a C library keeps the stack pointer in a jmp_buf, and how
// glibc hides it there: xored with the thread's pointer guard, and rotated.
type x86JmpBuf struct {
	sp     sysdeps.Addr // the offset, with glibc and with musl
	guard  sysdeps.Addr // the pointer guard's, from the thread pointer
	rotate int          // bits to the left
}

// JB_RSP and JB_SP in jmpbuf-offsets.h, POINTER_GUARD and PTR_MANGLE in
// pointer_guard.h under sysdeps/x86_64, sysdeps/i386 and sysdeps/unix/sysv/linux
// of glibc; src/setjmp of musl.
var (
	x86JmpBuf64 = x86JmpBuf{sp: 6 * 8, guard: 0x30, rotate: 17}
	x86JmpBuf32 = x86JmpBuf{sp: 4 * 4, guard: 0x18, rotate: 9}
)

// x86ContextSP and x86ContextPC are where a ucontext_t keeps the registers: gregs
// behind uc_flags, uc_link, uc_stack, by the numbers REG_RSP and REG_RIP, or
// REG_ESP and REG_EIP (<sys/ucontext.h>).
var (
	x86ContextSP = map[*sysdeps.Arch]sysdeps.Addr{sysdeps.AMD64: 40 + 15*8, sysdeps.I386: 20 + 7*4}
	x86ContextPC = map[*sysdeps.Arch]sysdeps.Addr{sysdeps.AMD64: 40 + 16*8, sysdeps.I386: 20 + 14*4}
)

// x86JumpTargets returns what the stack pointer in a jmp_buf may be: the word as
// it stands there, and as glibc means it.
func x86JumpTargets(th *proc.Thread, buf sysdeps.Addr) []sysdeps.Addr {
	space, layout := th.Process.Space, &x86JmpBuf64
	if space.Arch == sysdeps.I386 {
		layout = &x86JmpBuf32
	}
	word, err := readWord(space, buf+layout.sp)
	if err != nil {
		return nil
	}
	targets := []sysdeps.Addr{word}
	tp, err := th.ThreadPointer()
	if err != nil {
		return targets
	}
	guard, err := readWord(space, tp+layout.guard)
	if err != nil {
		return targets
	}
	return append(targets, layout.demangle(word, guard, space.Arch.PtrSize))
}

func (l *x86JmpBuf) demangle(word, guard sysdeps.Addr, size int) sysdeps.Addr {
	if size == 4 {
		return sysdeps.Addr(bits.RotateLeft32(uint32(word), -l.rotate) ^ uint32(guard))
	}
	return sysdeps.Addr(bits.RotateLeft64(uint64(word), -l.rotate)) ^ guard
}
