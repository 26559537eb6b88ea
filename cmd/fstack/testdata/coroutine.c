/* A coroutine that has gone over to main's stack, and its registers: of the stack that is
   parked as swapcontext(3) has kept it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __x86_64__
enum { SP = REG_RSP, PC = REG_RIP, FP = REG_RBP };
#else
enum { SP = REG_ESP, PC = REG_EIP, FP = REG_EBP };
#endif

static ucontext_t home, away;
volatile int sink;

__attribute__((noinline)) static int co_inner(int n)
{
	swapcontext(&away, &home);
	return n + sink;
}

__attribute__((noinline)) static int co_outer(int n)
{
	return co_inner(n + 1) + sink;
}

static void co_main(void)
{
	sink = co_outer(1);
}

int main(void)
{
	size_t size = 256 << 10;
	getcontext(&away);
	away.uc_stack.ss_sp = malloc(size);
	away.uc_stack.ss_size = size;
	away.uc_link = &home;
	makecontext(&away, co_main, 0);
	swapcontext(&home, &away);
	printf("%#lx,%#lx", (unsigned long)away.uc_mcontext.gregs[SP], (unsigned long)away.uc_mcontext.gregs[PC]);
	printf(",%#lx\nready\n", (unsigned long)away.uc_mcontext.gregs[FP]);
	fflush(stdout);
	for (;;)
		pause();
}
