// What a symbol table can say of functions: static ones, aliases, an IFUNC, a
// function that the compiler splits, functions in assembly with and without
// type and size, labels in them, and names of places that have no code.
#include <stdio.h>
#include <stdlib.h>

int variable = 1;
int common_variable;
__thread int thread_variable;

static __attribute__((noinline)) int twice(int n) { return 2 * n + variable; }
int visible(int n) { return twice(n) + 1; }
int alias(int n) __attribute__((alias("visible")));
int __underscored(int n) __attribute__((alias("visible")));

static int chosen(void) { return 4; }
static void *resolve(void) { return (void *)chosen; }
int indirect(void) __attribute__((ifunc("resolve")));

__attribute__((cold, noinline)) static void complain(int n) { fprintf(stderr, "%d\n", n); exit(n); }
__attribute__((noinline)) int split(int n) {
	if (n > 1000) {
		complain(n);
		complain(n + 1);
	}
	return n - 1;
}

// untyped has neither type nor size, and a label that all can see inside of
// inner; local_label is nobody's, end_of_code has no code under it.
__asm__(
	".text\n"
	".globl untyped\nuntyped: nop\n nop\n ret\nlocal_label: nop\n ret\n"
	".globl outer\n.type outer, @function\nouter: nop\n nop\n"
	".globl inner\n.type inner, @function\ninner: nop\n ret\n.size inner, .-inner\n"
	"nop\n ret\n.size outer, .-outer\n"
	".globl sizeless\n.type sizeless, @function\nsizeless: nop\n ret\n"
	".section .rodata\n.globl not_code\nnot_code: .byte 0xc3\n"
	".section .zz_code, \"ax\"\n nop\n.globl end_of_code\nend_of_code:\n.text\n");

int main(int argc, char **argv) {
	(void)argv;
	printf("%d\n", visible(argc) + indirect() + split(argc) + thread_variable + common_variable);
	return 0;
}
