/* Gets into the situation that its argument names, says so, and waits there. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define OWN __attribute__((noinline, noclone))

static char alternate[1 << 16];
volatile int sink;

OWN void waits(void)
{
	write(1, "ready\n", 6);
	for (;;) {
		pause();
		sink++;
	}
}

OWN void handler(int sig)
{
	waits();
	sink = sig;
}

static void handle(int sig)
{
	stack_t ss = {.ss_sp = alternate, .ss_size = sizeof alternate};
	struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	sigaltstack(&ss, 0);
	sigaction(sig, &sa, 0);
}

void (*volatile nowhere)(void);

OWN void calls_nil(void)
{
	nowhere();
	sink++;
}

OWN int recurses(int n)
{
	volatile char room[4096];
	room[n & 4095] = n;
	return recurses(n + 1) + room[n & 4095];
}

OWN void raises(void)
{
	raise(SIGUSR1);
	sink++;
}

OWN __attribute__((noreturn)) void never(void)
{
	waits();
	abort();
}

OWN void ends_in_call(void) { never(); }

/* mov %rsp,%rbp and back; call *%rdi in between */
static const unsigned char framed[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
/* sub $8,%rsp; call *%rdi; add $8,%rsp; ret */
static const unsigned char frameless[] = {0x48, 0x83, 0xec, 8, 0xff, 0xd7, 0x48, 0x83, 0xc4, 8, 0xc3};

OWN void runs_code(const unsigned char *code, size_t n)
{
	void *p = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(p, code, n);
	((void (*)(void (*)(void)))p)(waits);
	sink++;
}

static ucontext_t here, there;

OWN void coroutine(void)
{
	waits();
	sink++;
}

OWN void switches(void)
{
	static char stack[1 << 16];
	getcontext(&there);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof stack;
	there.uc_link = &here;
	makecontext(&there, coroutine, 0);
	swapcontext(&here, &there);
	sink++;
}

static int compare(const void *a, const void *b)
{
	waits();
	return *(const char *)a - *(const char *)b;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	char letters[] = "cab";
	if (!strcmp(what, "nil"))
		handle(SIGSEGV), calls_nil();
	else if (!strcmp(what, "overflow"))
		handle(SIGSEGV), sink = recurses(0);
	else if (!strcmp(what, "signal"))
		handle(SIGUSR1), raises();
	else if (!strcmp(what, "noreturn"))
		ends_in_call();
	else if (!strcmp(what, "framed"))
		runs_code(framed, sizeof framed);
	else if (!strcmp(what, "frameless"))
		runs_code(frameless, sizeof frameless);
	else if (!strcmp(what, "coroutine"))
		switches();
	else if (!strcmp(what, "callback"))
		qsort(letters, 3, 1, compare);
	sink++;
	return 0;
}
