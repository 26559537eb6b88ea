// ret_shifted: a function that is jumped to with a word on the stack that looks
// like a return address, but leads into the middle of an instruction.
#include <stdio.h>

long constant(void);
int jumped(void);
int jump(void);

__asm__(".text\n"
	".globl constant, jumped, jump\n"
	".type constant, @function\n"
	"constant: movabs $0x1122334455667788, %rax\n"
	"ret\n"
	".size constant, .-constant\n"
	".type jumped, @function\n"
	"jumped: add $8, %rsp\n"
	"mov $3, %eax\n"
	"ret\n"
	".size jumped, .-jumped\n"
	".type jump, @function\n"
	"jump: lea constant + 4(%rip), %rax\n"
	"push %rax\n"
	"jmp jumped\n"
	".size jump, .-jump\n"
	".section .note.GNU-stack, \"\", @progbits\n"
	".text\n");

int main(void)
{
	int n = jump();
	printf("%d %lx\n", n, constant());
	return 0;
}
