// A program without a C library that runs the same instructions every time, in two
// threads: signals and their handlers, system calls, rep, pushf and popf, int3. It
// ends with bits set for what it has seen of being stepped.
#define NULL ((void *)0)

#if defined(__x86_64__)
enum { SYS_fork = 57, SYS_wait4 = 61, SYS_exit = 60, SYS_exit_group = 231, SYS_tgkill = 234, SYS_kill = 62, SYS_getpid = 39, SYS_gettid = 186,
	SYS_rt_sigaction = 13, SYS_futex = 202 };
#define SP "rsp"
static long call(long nr, long a, long b, long c, long d) {
	long r;
	register long r10 __asm__("r10") = d;
	register long flags __asm__("r11") = 0;
	extern long leaked;
	__asm__ volatile("syscall" : "=a"(r), "+r"(flags) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "memory");
	leaked |= flags;
	return r;
}
#else
enum { SYS_fork = 2, SYS_wait4 = 114, SYS_exit = 1, SYS_exit_group = 252, SYS_tgkill = 270, SYS_kill = 37, SYS_getpid = 20, SYS_gettid = 224,
	SYS_rt_sigaction = 174, SYS_futex = 240 };
#define SP "esp"
static long call(long nr, long a, long b, long c, long d) {
	long r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
	return r;
}
#endif

long leaked; // flags that have been seen
volatile long handled, ran, tid;
static char from[1000], to[1000];
static long stack[4096] __attribute__((aligned(64)));

struct action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask[2];
};

void back(void);
#if defined(__x86_64__)
__asm__(".type back, @function; back: mov $15, %eax; syscall");
#else
__asm__(".type back, @function; back: mov $173, %eax; int $0x80");
#endif

// The kernel calls it as functions are called where arguments are in registers; its
// argument is not looked at.
static void handler(int sig) { handled++; }

static void catch(int sig) {
	struct action a = {handler, 0x44000004, back, {0, 0}}; // SA_NODEFER, SA_RESTORER, SA_SIGINFO
	call(SYS_rt_sigaction, sig, (long)&a, 0, 8);
}

static void flags(void) {
	long f;
	for (int i = 0; i < 10; i++) {
		__asm__ volatile("pushf; pop %0; push %0; popf; nop; nop; pushfw; popfw" : "=r"(f) : : "cc", "memory");
		leaked |= f;
	}
}

static void copy(void) {
	void *s = from, *d = to;
	long n = sizeof from;
	__asm__ volatile("rep movsb" : "+S"(s), "+D"(d), "+c"(n) : : "memory");
}

void second(void) {
	for (int i = 0; i < 100; i++)
		ran++;
	call(SYS_tgkill, call(SYS_getpid, 0, 0, 0, 0), call(SYS_gettid, 0, 0, 0, 0), 12, 0);
	copy();
	call(SYS_exit, 0, 0, 0, 0);
}

// CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, PARENT_SETTID, CHILD_CLEARTID.
#define FLAGS 0x350f00L

static void thread(void) {
	long *top = stack + 4096, r;
	*--top = (long)second;
#if defined(__x86_64__)
	register long r10 __asm__("r10") = (long)&tid;
	__asm__ volatile("syscall; test %%rax, %%rax; jnz 1f; ret; 1:"
		: "=a"(r) : "a"(56), "D"(FLAGS), "S"(top), "d"(&tid), "r"(r10) : "rcx", "r11", "memory");
#else
	__asm__ volatile("int $0x80; test %%eax, %%eax; jnz 1f; ret; 1:"
		: "=a"(r) : "a"(120), "b"(FLAGS), "c"(top), "d"(&tid), "S"(0), "D"(&tid) : "memory");
#endif
	call(SYS_futex, (long)&tid, 0, r, 0); // FUTEX_WAIT: once, whoever is first
}

__attribute__((used)) static void run(void) {
	long pid = call(SYS_getpid, 0, 0, 0, 0), me = call(SYS_gettid, 0, 0, 0, 0);
	catch(5), catch(10), catch(12);
	for (int i = 0; i < 5; i++)
		call(SYS_tgkill, pid, me, 10, 0);
	flags();
	copy();
	__asm__ volatile("int3");
	// To the process: to the thread it would be taken for the SIGTRAP of the step.
	call(SYS_kill, pid, 5, 0, 0);
	thread();
	flags();
	long child = call(SYS_fork, 0, 0, 0, 0);
	if (child == 0)
		call(SYS_exit_group, 0, 0, 0, 0);
	call(SYS_wait4, child, 0, 0, 0);
	// Without a branch: whatever has been seen, the same instructions run.
	call(SYS_exit_group, (leaked >> 8 & 1) | (handled != 8) << 1 | (ran != 100) << 2 | (tid != 0) << 3, 0, 0, 0);
}

__asm__(".globl _start\n_start: and $-64, %" SP "; call run");
