#include "textflag.h"

// sonde_entry is the program's entry point when it is linked with
// -ldflags '-E sonde_entry'. It notes the dispositions, the mask, the limit of
// open files and which standard descriptors are closed, all of which the Go
// runtime changes while it starts, and goes on to the runtime's own entry. Registers
// and stack are as the kernel leaves them at exec (psABI 3.4.1): RSP points to
// argc, and nothing above may be touched.
TEXT sonde_entry(SB),NOSPLIT|NOFRAME,$0
	SUBQ	$64, SP
	XORL	R13, R13		// the set of ignored signals
	MOVQ	$1, R12			// the signal
each:
	MOVQ	R12, DI
	XORL	SI, SI			// no new action
	MOVQ	SP, DX			// struct kernel_sigaction: handler, flags, restorer, mask
	MOVQ	$8, R10
	MOVL	$13, AX			// rt_sigaction
	SYSCALL
	TESTQ	AX, AX
	JNE	next
	CMPQ	0(SP), $1		// SIG_IGN
	JNE	next
	LEAQ	-1(R12), CX
	BTSQ	CX, R13
next:
	INCQ	R12
	CMPQ	R12, $64
	JLE	each
	MOVQ	R13, ·entryIgnored(SB)

	XORL	DI, DI
	XORL	SI, SI			// no new mask
	LEAQ	·entryBlocked(SB), DX
	MOVQ	$8, R10
	MOVL	$14, AX			// rt_sigprocmask
	SYSCALL

	XORL	DI, DI			// this process
	MOVQ	$7, SI			// RLIMIT_NOFILE
	XORL	DX, DX			// no new limit
	LEAQ	·entryFiles(SB), R10
	MOVL	$302, AX		// prlimit64
	SYSCALL

	MOVQ	$2, R12			// standard error, output, input
	XORL	R13, R13		// the set of those that are closed
std:
	MOVQ	R12, DI
	MOVQ	$1, SI			// F_GETFD
	MOVL	$72, AX			// fcntl
	SYSCALL
	TESTQ	AX, AX
	JGE	open
	BTSQ	R12, R13
open:
	DECQ	R12
	JGE	std
	MOVQ	R13, ·entryClosed(SB)

	MOVB	$1, ·entryRan(SB)
	ADDQ	$64, SP
	JMP	_rt0_amd64_linux(SB)

// noteSignal is a signal handler: it writes the siginfo that the kernel
// points to by RSI into the pipe of WatchSignals. The Go runtime's handlers
// drop the siginfo, and with it whether a terminal or a process has sent the
// signal.
TEXT ·noteSignal(SB),NOSPLIT|NOFRAME,$0
	MOVQ	·notePipe(SB), DI
	MOVQ	$128, DX
	MOVL	$1, AX			// write
	SYSCALL
	RET

// noteReturn is its sa_restorer.
TEXT ·noteReturn(SB),NOSPLIT|NOFRAME,$0
	MOVL	$15, AX			// rt_sigreturn
	SYSCALL
	INT	$3

// func noteSignalPC() uintptr
TEXT ·noteSignalPC(SB),NOSPLIT,$0-8
	LEAQ	·noteSignal(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

// func noteReturnPC() uintptr
TEXT ·noteReturnPC(SB),NOSPLIT,$0-8
	LEAQ	·noteReturn(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
