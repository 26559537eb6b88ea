/* Gets into the situation that its argument names, with functions on the stack that
   have noted where they return to, and waits there. */
#include "truth.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#ifndef NO_UCONTEXT
#include <ucontext.h>
#endif

static char alternate[1 << 16];

static void handle(int sig, void (*handler)(int), int flags)
{
	stack_t ss = {.ss_sp = alternate, .ss_size = sizeof alternate};
	struct sigaction sa = {.sa_handler = handler, .sa_flags = flags};
	sigaltstack(&ss, 0);
	sigaction(sig, &sa, 0);
}

OWN void handler(int sig)
{
	ENTER;
	waits();
	sink = sig;
}

OWN void first_handler(int sig)
{
	ENTER;
	raise(SIGUSR2);
	sink = sig;
}

/* In the system call that waits makes. */

OWN int inner(int n)
{
	char room[40];
	ENTER;
	memset(room, n, sizeof room);
	waits();
	return room[sink & 31];
}

OWN int outer(int n)
{
	ENTER;
	return inner(n) + sink;
}

static void in_call(void) { sink += outer(1); }

/* Signals. */

OWN void raises(void)
{
	ENTER;
	raise(SIGUSR1);
	sink++;
}

static void in_handler(void)
{
	handle(SIGUSR1, handler, 0);
	raises();
}

static void in_alternate(void)
{
	handle(SIGUSR1, handler, SA_ONSTACK);
	raises();
}

static void in_nested(void)
{
	handle(SIGUSR1, first_handler, SA_ONSTACK);
	handle(SIGUSR2, handler, SA_SIGINFO);
	raises();
}

OWN int faults(volatile int *where)
{
	ENTER;
	return *where + sink;
}

static void in_fault(void)
{
	handle(SIGSEGV, handler, 0);
	sink += faults(0);
}

static void (*volatile nowhere)(void);

OWN void calls_nil(void)
{
	ENTER;
	nowhere();
	sink++;
}

static void in_nil(void)
{
	handle(SIGSEGV, handler, SA_ONSTACK);
	calls_nil();
}

OWN int recurses(int n)
{
	volatile char room[4096];
	ENTER;
	room[n & 4095] = n;
	return recurses(n + 1) + room[n & 4095];
}

OWN int recurses_to(int n)
{
	volatile char room[4096];
	ENTER;
	room[n] = n;
	return n == 0 ? outer(n) : recurses_to(n - 1) + room[n];
}

/* With -fsplit-stack, over many pieces of stack. */
static void in_deep(void) { sink += recurses_to(60); }

static void in_overflow(void)
{
	struct rlimit little = {.rlim_cur = 1 << 19, .rlim_max = RLIM_INFINITY};
	setrlimit(RLIMIT_STACK, &little);
	handle(SIGSEGV, handler, SA_ONSTACK);
	sink += recurses(0);
}

/* A call that is a function's end, with nothing of it behind. */

OWN __attribute__((noreturn)) void never(void)
{
	ENTER;
	waits();
	abort();
}

OWN void ends_in_call(void)
{
	ENTER;
	never();
}

/* Frames that only run time knows the size of, or the place. */

OWN int sized(int n)
{
	char *p = __builtin_alloca(n * 16);
	ENTER;
	memset(p, n, n * 16);
	return outer(n) + p[n];
}

static void in_sized(void) { sink += sized(77); }

OWN int aligned(int n)
{
	volatile int v[16] __attribute__((aligned(128)));
	ENTER;
	v[n & 15] = n;
	return outer(n) + v[n & 15];
}

static void in_aligned(void) { sink += aligned(3); }

/* More arguments than registers, and a structure. */

struct big {
	long v[9];
};

OWN struct big many(int a, int b, int c, int d, int e, int f, int g, struct big h)
{
	ENTER;
	h.v[g] += outer(a + b + c + d + e + f);
	return h;
}

static void in_many(void)
{
	struct big b = {{0}};
	sink += many(1, 2, 3, 4, 5, 6, 7, b).v[3];
}

/* A tail call: its caller has left the stack, and notes nothing. */

OWN int tail(int n) { return outer(n + 1); }

OWN int before_tail(int n)
{
	ENTER;
	return tail(n) + sink;
}

static void in_tail(void) { sink += before_tail(1); }

/* Through the C library. */

OWN int compare(const void *a, const void *b)
{
	ENTER;
	waits();
	return *(const char *)a - *(const char *)b;
}

OWN void sorts(void)
{
	char letters[] = "cab";
	ENTER;
	qsort(letters, 3, 1, compare);
	sink += letters[0];
}

OWN void at_exit(void)
{
	ENTER;
	waits();
	sink++;
}

OWN void exits(void)
{
	ENTER;
	atexit(at_exit);
	exit(0);
}

static jmp_buf place;

OWN void jumps(void)
{
	ENTER;
	longjmp(place, 1);
}

static void in_longjmp(void)
{
	volatile int at = noted; /* register variables are lost (setjmp(3)) */
	if (setjmp(place) == 0)
		jumps();
	noted = at;
	in_call();
}

/* Threads. */

OWN void *thread(void *arg)
{
	ENTER;
	sink += outer(2);
	return arg;
}

static void in_thread(void)
{
	pthread_t id;
	noted = 0; /* main's is another stack */
	pthread_create(&id, 0, thread, 0);
	pthread_join(id, 0);
}

OWN void in_vfork_child(void)
{
	ENTER;
	sink += outer(3);
}

static void in_vfork(void)
{
	if (vfork() == 0)
		in_vfork_child();
}

/* Code that was made at run time. */

#ifdef __x86_64__
/* push %rbp; mov %rsp,%rbp; call *%rdi; pop %rbp; ret */
static const unsigned char framed[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
/* sub $8,%rsp; call *%rdi; add $8,%rsp; ret */
static const unsigned char frameless[] = {0x48, 0x83, 0xec, 8, 0xff, 0xd7, 0x48, 0x83, 0xc4, 8, 0xc3};
#else
/* push %ebp; mov %esp,%ebp; call *8(%ebp); pop %ebp; ret */
static const unsigned char framed[] = {0x55, 0x89, 0xe5, 0xff, 0x55, 8, 0x5d, 0xc3};
/* sub $12,%esp; call *16(%esp); add $12,%esp; ret */
static const unsigned char frameless[] = {0x83, 0xec, 12, 0xff, 0x54, 0x24, 16, 0x83, 0xc4, 12, 0xc3};
#endif

OWN void runs_code(const unsigned char *code, size_t n)
{
	void *p = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ENTER;
	memcpy(p, code, n);
	((void (*)(void (*)(void)))p)(waits);
	sink++;
}

static void in_framed(void) { runs_code(framed, sizeof framed); }
static void in_frameless(void) { runs_code(frameless, sizeof frameless); }

/* Stacks that the program makes itself. */

#ifndef NO_UCONTEXT
static ucontext_t here, there;

OWN void coroutine(void)
{
	ENTER;
	waits();
	sink++;
}

static void in_coroutine(void)
{
	static char stack[1 << 16];
	getcontext(&there);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof stack;
	there.uc_link = &here;
	makecontext(&there, coroutine, 0);
	noted = 0;
	swapcontext(&here, &there);
	sink++;
}
#endif

/* At a given instruction: the trap flag makes each one a signal, and the handler keeps
   the return addresses of the calls that it sees. */

#ifdef __x86_64__
#define PC gregs[REG_RIP]
#define SP gregs[REG_RSP]
#define TRAP_FLAG_ON() __asm__ volatile("lea -128(%%rsp),%%rsp; pushf; orq $0x100,(%%rsp); popf; lea 128(%%rsp),%%rsp" ::: "memory", "cc")
#else
#define PC gregs[REG_EIP]
#define SP gregs[REG_ESP]
#define TRAP_FLAG_ON() __asm__ volatile("pushf; orl $0x100,(%%esp); popf" ::: "memory", "cc")
#endif

static struct {
	const char *where; /* "call", "return", "vdso" */
	int after;         /* how many instructions more */
	const unsigned char *last;
	uintptr_t calls[64];
	int depth;
	int there;
	uintptr_t vdso;
} steps;

static int is_call(const unsigned char *p)
{
	while (*p == 0xf2 || *p == 0x3e || *p == 0x2e || *p == 0x67 || (sizeof(long) == 8 && *p >> 4 == 4))
		p++;
	return *p == 0xe8 || (*p == 0xff && (p[1] >> 3 & 7) == 2);
}

static int is_return(const unsigned char *p)
{
	return *p == 0xc3 || ((*p == 0xf2 || *p == 0xf3) && p[1] == 0xc3);
}

static int is_there(const unsigned char *pc)
{
	if (!strcmp(steps.where, "call"))
		return steps.depth > 0;
	if (!strcmp(steps.where, "return"))
		return steps.depth > 0 && is_return(pc);
	return steps.vdso && (uintptr_t)pc - steps.vdso < 0x4000;
}

OWN void on_step(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = (ucontext_t *)context;
	const unsigned char *pc = (const unsigned char *)uc->uc_mcontext.PC;

	/* A retpoline calls its own end, and returns to where it was to jump. */
	if (steps.last && is_call(steps.last) && (uintptr_t)(pc - steps.last) > 16 && steps.depth < 64)
		steps.calls[steps.depth++] = *(uintptr_t *)uc->uc_mcontext.SP;
	else if (steps.depth > 0 && (uintptr_t)pc == steps.calls[steps.depth - 1])
		steps.depth--;
	steps.last = pc;
	steps.there |= is_there(pc);
	if (!steps.there || steps.after-- > 0)
		return;
	for (int i = 0; i < steps.depth; i++)
		note("back", "", steps.calls[i]);
	note("at", "", (uintptr_t)pc);
	ENTER;
	waits();
	sink = sig + (info != 0);
}

static volatile long numbers[4];

OWN long callee(long a, long b, long c)
{
	long x = numbers[0], y = numbers[1], z = numbers[2];
	numbers[3] += getppid();
	return a * x + b * y + c * z;
}

OWN void steps_library(void)
{
	ENTER;
	TRAP_FLAG_ON();
	sink += getppid() + getpgrp();
}

OWN void steps_own(void)
{
	ENTER;
	TRAP_FLAG_ON();
	sink += callee(1, 2, 3);
}

static long (*volatile pointer)(long, long, long) = callee;

OWN void steps_pointer(void)
{
	ENTER;
	TRAP_FLAG_ON();
	sink += pointer(1, 2, 3);
}

OWN void steps_clock(void)
{
	struct timespec now;
	ENTER;
	TRAP_FLAG_ON();
	sink += clock_gettime(CLOCK_MONOTONIC, &now);
}

static void step_in(void (*what)(void), const char *where, const char *after)
{
	struct sigaction sa = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	stack_t ss = {.ss_sp = alternate, .ss_size = sizeof alternate};
	steps.where = where;
	steps.after = after ? atoi(after) : 0;
	steps.vdso = getauxval(AT_SYSINFO_EHDR);
	sigaltstack(&ss, 0);
	sigaction(SIGTRAP, &sa, 0);
	what();
}

static const struct {
	const char *name;
	void (*in)(void);
} situations[] = {
	{"syscall", in_call}, {"handler", in_handler}, {"alternate", in_alternate},
	{"nested", in_nested}, {"fault", in_fault}, {"nil", in_nil}, {"overflow", in_overflow},
	{"deep", in_deep}, {"noreturn", ends_in_call}, {"sized", in_sized},
	{"aligned", in_aligned}, {"many", in_many}, {"tail", in_tail},
	{"callback", sorts}, {"exit", exits}, {"longjmp", in_longjmp}, {"thread", in_thread},
	{"vfork", in_vfork}, {"framed", in_framed}, {"frameless", in_frameless},
#ifndef NO_UCONTEXT
	{"coroutine", in_coroutine},
#endif
};

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *after = argc > 2 ? argv[2] : 0;
	ENTER;
	for (size_t i = 0; i < sizeof situations / sizeof *situations; i++)
		if (!strcmp(what, situations[i].name))
			situations[i].in();
	if (!strcmp(what, "plt"))
		step_in(steps_library, "call", after);
	else if (!strcmp(what, "prologue"))
		step_in(steps_own, "call", after);
	else if (!strcmp(what, "epilogue"))
		step_in(steps_own, "return", after);
	else if (!strcmp(what, "pointer"))
		step_in(steps_pointer, "call", after);
	else if (!strcmp(what, "vdso"))
		step_in(steps_clock, "vdso", after);
	sink++;
	return 2;
}
