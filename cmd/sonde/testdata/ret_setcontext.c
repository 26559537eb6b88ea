// ret_setcontext TIMES: goes back to an outer frame by setcontext, from one depth
// and then another; and to one that swapcontext has left.
#include <stdlib.h>
#include <ucontext.h>

#define OUT_OF_LINE __attribute__((noipa))

static ucontext_t outer, main_stack, coroutine;
static char stack[64 << 10];

OUT_OF_LINE void jumper(int deeper)
{
	if (deeper)
		jumper(deeper - 1);
	setcontext(&outer);
}

OUT_OF_LINE int landed(int n) { return n; }

static void run(void)
{
	setcontext(&main_stack);
}

int main(int argc, char **argv)
{
	volatile int left = argc > 1 ? atoi(argv[1]) : 0;
	getcontext(&outer);
	if (landed(left)) {
		left--;
		jumper(left % 3);
	}
	getcontext(&coroutine);
	coroutine.uc_stack.ss_sp = stack;
	coroutine.uc_stack.ss_size = sizeof stack;
	makecontext(&coroutine, run, 0);
	swapcontext(&main_stack, &coroutine);
	return landed(0);
}
