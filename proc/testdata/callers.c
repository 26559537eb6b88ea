/* Functions that call each other in many ways, to be followed instruction by
   instruction. It is as short as can be: each instruction is a stop. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

volatile int sink;

__attribute__((noinline)) int leaf(int n) { return n + sink; }

/* A red zone, no frame. */
__attribute__((noinline)) int quiet(int n)
{
	int a[8];
	for (int i = 0; i < 8; i++)
		a[i] = n + i;
	return a[n & 7] + sink;
}

__attribute__((noinline)) int deep(int n)
{
	if (n == 0)
		return leaf(1);
	return deep(n - 1) + leaf(n);
}

/* A frame whose size is known when it runs. */
__attribute__((noinline)) int sized(int n)
{
	char *p = __builtin_alloca(n * 16);
	memset(p, n, n * 16);
	return leaf(p[n]) + deep(2);
}

/* A frame that is aligned anew. */
__attribute__((noinline)) int aligned(int n)
{
	int v[8] __attribute__((aligned(64)));
	for (int i = 0; i < 8; i++)
		v[i] = leaf(i);
	return v[n & 7] + deep(1);
}

__attribute__((noinline)) int sum(int n, ...)
{
	va_list ap;
	int total = 0;
	va_start(ap, n);
	while (n--)
		total += leaf(va_arg(ap, int));
	va_end(ap);
	return total;
}

/* Many arguments: some are on the stack. */
__attribute__((noinline)) int many(int a, int b, int c, int d, int e, int f, int g, int h, double x)
{
	return leaf(a + b + c + d + e + f + g + h + (int)x);
}

__attribute__((noinline)) int tail(int n) { return deep(n); }

static int compare(const void *a, const void *b)
{
	return leaf(*(const int *)a) - leaf(*(const int *)b);
}

jmp_buf env;

__attribute__((noinline, noreturn)) void jump(int n)
{
	leaf(n);
	longjmp(env, 1);
}

/* Its last instruction is a call. */
__attribute__((noinline)) int caught(int n)
{
	if (setjmp(env) == 0)
		jump(n);
	return leaf(n);
}

static void handler(int sig)
{
	sink = deep(1) & 0;
	(void)sig;
}

static void informed(int sig, siginfo_t *info, void *context)
{
	sink = deep(1) & 0;
	(void)sig, (void)info, (void)context;
}

static char stack[65536];

static void signals(void)
{
	struct sigaction sa;
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};
	sigaltstack(&ss, 0);
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = handler;
	sigaction(SIGUSR1, &sa, 0);
	sa.sa_sigaction = informed;
	sa.sa_flags = SA_ONSTACK | SA_SIGINFO;
	sigaction(SIGUSR2, &sa, 0);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
}

int (*volatile pointer)(int) = deep;

int main(void)
{
	int numbers[] = {3, 1, 2};
	struct timespec ts;
	deep(3);
	quiet(3);
	sized(3);
	aligned(3);
	sum(3, 1, 2, 3);
	many(1, 2, 3, 4, 5, 6, 7, 8, 9.0);
	tail(2);
	pointer(1);
	qsort(numbers, 3, sizeof *numbers, compare);
	caught(1);
	signals();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	write(2, "", 0);
	exit(0);
}
