package trace

import (
	"math/bits"

	"sonde/proc"
	"sonde/sysdeps"
)

// x86JmpBuf is where a C library keeps the stack pointer and the program counter in
// a jmp_buf, and how glibc hides them there: xored with the thread's pointer guard,
// and rotated.
type x86JmpBuf struct {
	sp, pc sysdeps.Addr // the offsets, with glibc and with musl
	guard  sysdeps.Addr // the pointer guard's, from the thread pointer
	rotate int          // bits to the left
}

// jumpPlace is where a longjmp may go.
type jumpPlace struct{ sp, pc sysdeps.Addr }

// JB_RSP, JB_PC and JB_SP in jmpbuf-offsets.h, POINTER_GUARD and PTR_MANGLE in
// pointer_guard.h under sysdeps/x86_64, sysdeps/i386 and sysdeps/unix/sysv/linux
// of glibc; src/setjmp of musl.
var (
	x86JmpBuf64 = x86JmpBuf{sp: 6 * 8, pc: 7 * 8, guard: 0x30, rotate: 17}
	x86JmpBuf32 = x86JmpBuf{sp: 4 * 4, pc: 5 * 4, guard: 0x18, rotate: 9}
)

// x86ContextSP and x86ContextPC are where a ucontext_t keeps the registers: gregs
// behind uc_flags, uc_link, uc_stack, by the numbers REG_RSP and REG_RIP, or
// REG_ESP and REG_EIP (<sys/ucontext.h>).
var (
	x86ContextSP = map[*sysdeps.Arch]sysdeps.Addr{sysdeps.AMD64: 40 + 15*8, sysdeps.I386: 20 + 7*4}
	x86ContextPC = map[*sysdeps.Arch]sysdeps.Addr{sysdeps.AMD64: 40 + 16*8, sysdeps.I386: 20 + 14*4}
)

// x86UnwindCFA is where the unwinder keeps the stack pointer that a frame will
// have: the member cfa of struct _Unwind_Context, behind an array of 18 registers
// (libgcc/unwind-dw2.c, __LIBGCC_DWARF_FRAME_REGISTERS__).
var x86UnwindCFA = map[*sysdeps.Arch]sysdeps.Addr{sysdeps.AMD64: 18 * 8, sysdeps.I386: 18 * 4}

// x86JumpTargets returns where a jmp_buf may lead: by its words as they stand there,
// and as glibc means them.
func x86JumpTargets(th *proc.Thread, buf sysdeps.Addr) []jumpPlace {
	space, layout := th.Process.Space, &x86JmpBuf64
	if space.Arch == sysdeps.I386 {
		layout = &x86JmpBuf32
	}
	sp, err := readWord(space, buf+layout.sp)
	if err != nil {
		return nil
	}
	pc, err := readWord(space, buf+layout.pc)
	if err != nil {
		return nil
	}
	plain := jumpPlace{sp, pc}
	tp, err := th.ThreadPointer()
	if err != nil {
		return []jumpPlace{plain}
	}
	guard, err := readWord(space, tp+layout.guard)
	if err != nil {
		return []jumpPlace{plain}
	}
	size := space.Arch.PtrSize
	return []jumpPlace{{layout.demangle(sp, guard, size), layout.demangle(pc, guard, size)}, plain}
}

func (l *x86JmpBuf) demangle(word, guard sysdeps.Addr, size int) sysdeps.Addr {
	if size == 4 {
		return sysdeps.Addr(bits.RotateLeft32(uint32(word), -l.rotate) ^ uint32(guard))
	}
	return sysdeps.Addr(bits.RotateLeft64(uint64(word), -l.rotate)) ^ guard
}
