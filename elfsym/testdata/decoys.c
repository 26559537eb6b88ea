// Calls with prefixes, and what looks like a call and is none. No function here
// has an entry in the unwinder's index, and with -s none but the first and the
// last has a symbol.
__asm__(
	".text\n"
	".macro call_of name\n" // the bytes of call *name@GOTPCREL(%rip)
	"	.byte 0xff, 0x15\n"
	"	.long \\name@GOTPCREL - 4\n"
	".endm\n"

	// Not where a linkage table may be.
	".skip 128, 0x90\n"

	".globl first\n.type first, @function\nfirst:\n"
	"	push %rbp\n"
	"	bnd call *with_bnd@GOTPCREL(%rip)\n"
	"	.byte 0x67\n	call_of with_addr32\n"
	"	.byte 0x66, 0x66, 0x48\n	call_of with_rex\n" // as of __tls_get_addr
	"	notrack jmp *with_notrack@GOTPCREL(%rip)\n"

	// In the immediate operand of movabs, behind its first byte.
	"	.byte 0x48, 0xb8, 0x90\n	call_of decoy\n	.byte 0x90\n"
	"	push %rax\n"
	// In the displacement and the immediate operand of movl $n,d(%rbx).
	"	.byte 0xc7, 0x83, 0x00, 0x01, 0xff, 0x15\n	.long decoy@GOTPCREL - 4\n"
	"	ret\n"

	"	.p2align 4\n"
	"	.type local, @function\nlocal:\n"
	"	sub $8, %rsp\n"
	"	mov reads@GOTPCREL(%rip), %rax\n"
	"	cmpq $0, compares@GOTPCREL(%rip)\n"
	"	cmpl $0x12345678, compares_more@GOTPCREL(%rip)\n"
	"	testb $1, tests@GOTPCREL(%rip)\n"
	"	push pushes@GOTPCREL(%rip)\n"
	"	movq vector@GOTPCREL(%rip), %xmm0\n"
	"	mov %rax, decoy@GOTPCREL(%rip)\n"
	"	lea decoy@GOTPCREL(%rip), %rax\n"
	"	ret\n"
	".globl last\n.type last, @function\nlast:\n"
	"	call_of calls\n"
	"	ret\n");
