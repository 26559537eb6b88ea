/*
 * callers [PLUGIN]: calls getppid in situations that are hard on who walks stacks, and
 * says before each call which of its own functions are under way, the innermost first:
 *
 *	TID: own_b own_a main
 *
 * Functions keep account of that themselves. One of PLUGIN's is among them, if it is
 * given, a library that is loaded while the program runs.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#ifdef __GLIBC__
#include <ucontext.h>
#endif
#include <unistd.h>

#define OWN __attribute__((noinline, noclone, used))

/* The functions under way. What is noted of a function ends before its tail call does. */
static __thread const char *volatile under_way[1000];
static __thread volatile int depth;

void enter(const char *name) { under_way[depth++] = name; }
void leave(void) { depth--; }

#define ENTER enter(__func__)
#define LEAVE leave()

volatile int sink;

/* call says who is under way, and calls getppid. */
#define CALL (say(), sink += getppid())

static void say(void)
{
	char line[20000];
	int n = sprintf(line, "%ld:", (long)syscall(SYS_gettid));
	for (int i = depth - 1; i >= 0; i--)
		n += sprintf(line + n, " %s", under_way[i]);
	line[n++] = '\n';
	if (write(1, line, n) != n)
		_exit(3);
}

OWN void own_leaf(void)
{
	ENTER;
	CALL;
	LEAVE;
}

OWN void own_recursion(int n)
{
	ENTER;
	volatile char room[100];
	room[n % 100] = n;
	if (n > 0)
		own_recursion(n - 1);
	else
		own_leaf();
	sink += room[n % 100];
	LEAVE;
}

/* Its frame has no fixed size. */
OWN void own_alloca(int n)
{
	ENTER;
	char *p = __builtin_alloca(n * 16);
	memset(p, n, n * 16);
	own_leaf();
	sink += p[n];
	LEAVE;
}

OWN void own_variadic(int n, ...)
{
	va_list ap;
	ENTER;
	va_start(ap, n);
	CALL;
	for (; n > 0; n--)
		sink += va_arg(ap, double);
	va_end(ap);
	LEAVE;
}

OWN double own_floats(double a, double b)
{
	ENTER;
	CALL;
	double c = a * b + sink;
	own_leaf();
	LEAVE;
	return c * a - b;
}

/* The last thing that it does is a call, which becomes a jump where the compiler optimizes:
 * then it is gone. */
OWN void own_after_tail(int n)
{
	ENTER;
	CALL;
	sink += n;
	LEAVE;
}

OWN void own_tail(int n)
{
	ENTER;
	sink += n;
#ifdef __OPTIMIZE__
	LEAVE;
	own_after_tail(n);
#else
	own_after_tail(n);
	LEAVE;
#endif
}

OWN int own_tail_to_library(void)
{
	ENTER;
	CALL;
	LEAVE;
	return getuid();
}

OWN int own_compare(const void *a, const void *b)
{
	ENTER;
	CALL;
	own_alloca(2);
	LEAVE;
	return *(const int *)a - *(const int *)b;
}

OWN void own_sort(void)
{
	int v[3] = {3, 1, 2};
	ENTER;
	qsort(v, 3, sizeof v[0], own_compare);
	sink += v[0];
	LEAVE;
}

static int nested;

OWN void own_handler(int sig)
{
	ENTER;
	CALL;
	if (nested++ == 0)
		raise(SIGUSR2);
	own_leaf();
	sink += sig;
	LEAVE;
}

OWN void own_raise(void)
{
	ENTER;
	raise(SIGUSR1);
	CALL;
	LEAVE;
}

/* A fault that a handler mends, in the middle of a function. */
static sigjmp_buf mended;

OWN void own_fault_handler(int sig)
{
	ENTER;
	CALL;
	sink += sig;
	depth = 0;
	siglongjmp(mended, 1);
}

OWN void own_fault(volatile int *p)
{
	ENTER;
	*p = 1;
	LEAVE;
}

/* Afterwards what was under way is not any more. */
OWN void own_mended(void)
{
	if (sigsetjmp(mended, 1) == 0) {
		ENTER;
		own_fault(0);
	}
	depth = 0;
	enter("main");
	ENTER;
	CALL;
	LEAVE;
}

OWN void own_signals(void)
{
	static char alternate[1 << 16];
	stack_t ss = {.ss_sp = alternate, .ss_size = sizeof alternate};
	struct sigaction sa = {.sa_handler = own_handler};
	ENTER;
	sigaction(SIGUSR1, &sa, 0);
	sigaltstack(&ss, 0);
	sa.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR2, &sa, 0);
	own_raise();
	LEAVE;
}

#ifdef __GLIBC__ /* musl has no coroutines */
static ucontext_t back, there;

OWN void own_coroutine(void)
{
	const char *before[2];
	int n = depth;
	before[0] = under_way[0], before[1] = under_way[1];
	depth = 0; /* whoever switches to it has not called it */
	ENTER;
	own_leaf();
	LEAVE;
	depth = n;
	under_way[0] = before[0], under_way[1] = before[1];
	swapcontext(&there, &back);
}

OWN void own_switch(void)
{
	static char room[1 << 16];
	ENTER;
	getcontext(&there);
	there.uc_stack.ss_sp = room;
	there.uc_stack.ss_size = sizeof room;
	makecontext(&there, own_coroutine, 0);
	swapcontext(&back, &there);
	CALL;
	LEAVE;
}
#endif

OWN void *own_thread(void *arg)
{
	ENTER;
	own_recursion(3);
	CALL;
	LEAVE;
	return arg;
}

OWN void own_threads(void)
{
	pthread_t t[4];
	ENTER;
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], 0, own_thread, 0);
	CALL;
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], 0);
	LEAVE;
}

OWN void own_processes(void)
{
	ENTER;
	pid_t child = fork();
	if (child == 0) {
		own_leaf();
		CALL;
		_exit(0);
	}
	waitpid(child, 0, 0);
	CALL;
	LEAVE;
}

OWN void own_plugged(void (*f)(void (*)(void)))
{
	ENTER;
	f(own_leaf);
	CALL;
	LEAVE;
}

OWN void own_plugin(const char *path)
{
	ENTER;
	for (int i = 0; i < 2; i++) {
		void *library = dlopen(path, RTLD_NOW);
		if (!library)
			_exit(4);
		own_plugged((void (*)(void (*)(void)))dlsym(library, "own_plugin_calls"));
		dlclose(library);
	}
	LEAVE;
}

OWN void own_at_exit(void)
{
	depth = 0; /* main has returned */
	ENTER;
	CALL;
	LEAVE;
}

int main(int argc, char **argv)
{
	ENTER;
	atexit(own_at_exit);
	CALL;
	own_recursion(20);
	own_recursion(300);
	own_alloca(100);
	own_variadic(3, 1.0, 2.0, 3.0);
	sink += own_floats(2, 3);
	own_tail(1);
	sink += own_tail_to_library();
	own_sort();
	own_signals();
	signal(SIGSEGV, own_fault_handler);
	own_mended();
#ifdef __GLIBC__
	own_switch();
#endif
	own_threads();
	own_processes();
	if (argc > 1)
		own_plugin(argv[1]);
	LEAVE;
	return 0;
}
