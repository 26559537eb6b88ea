// Signals of every origin that a program can bring about for itself: faults of all
// kinds, timers, message queues, children that stop, go on, are killed, and dump core.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static sigjmp_buf back;
static volatile sig_atomic_t came;

static void leave(int sig) { siglongjmp(back, sig); }
static void note(int sig) { came = sig; }

static void handle(int sig, void (*handler)(int))
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_NODEFER | SA_RESTART };
	sigaction(sig, &sa, 0);
}

#define FAULT(code)                                                                        \
	do {                                                                               \
		if (!sigsetjmp(back, 1)) {                                                 \
			code;                                                              \
		}                                                                          \
	} while (0)

static void flags(long set)
{
#ifdef __x86_64__
	__asm__ volatile("pushfq; orq %0, (%%rsp); popfq; nop" : : "r"(set) : "memory", "cc");
#else
	__asm__ volatile("pushfl; orl %0, (%%esp); popfl; nop" : : "r"(set) : "memory", "cc");
#endif
}

// The flags of the processor that make it trap after each instruction, and at words that
// are not aligned. A handler is entered without the first of them.
enum { TRAP = 1 << 8, ALIGNED = 1 << 18 };

static void unflag(void)
{
#ifdef __x86_64__
	__asm__ volatile("pushfq; andq $~0x40100, (%%rsp); popfq" : : : "memory", "cc");
#else
	__asm__ volatile("pushfl; andl $~0x40100, (%%esp); popfl" : : : "memory", "cc");
#endif
}

static void faults(void)
{
	static const int all[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
	for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
		handle(all[i], leave);
	char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char file[] = "/tmp/signals_raised_XXXXXX";
	int fd = mkstemp(file);
	unlink(file);
	char *beyond = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	volatile int zero = 0;
	mprotect(page + 4096, 4096, PROT_NONE);

	FAULT(*(volatile int *)16 = 1);                                   // SEGV_MAPERR
	FAULT(page[4096] = 1);                                            // SEGV_ACCERR
	FAULT(*(volatile int *)(intptr_t)faults = 1);                     // of code
	FAULT(((void (*)(void))page)());                                  // not executable
	FAULT(__asm__ volatile("hlt"));                                   // a general protection fault
	FAULT(*beyond = 1);                                               // BUS_ADRERR
	FAULT(zero = 7 / zero);                                           // FPE_INTDIV
	FAULT(__asm__ volatile("ud2"));                                   // ILL_ILLOPN
	FAULT(__asm__ volatile("int3"));                                  // SI_KERNEL
	FAULT(__asm__ volatile(".byte 0xf1"));                            // int1
	FAULT(flags(TRAP));                                               // TRAP_TRACE
	FAULT(flags(ALIGNED); *(volatile int *)(page + 1) = 1; unflag()); // BUS_ADRALN
	unflag();
	unsigned control = 0x1f80 & ~0x200u; // the division's mask
	volatile double one = 1, none = 0;
	FAULT(__asm__ volatile("ldmxcsr %0" : : "m"(control)); one = one / none); // FPE_FLTDIV
	control = 0x1f80;
	__asm__ volatile("ldmxcsr %0" : : "m"(control));
	int key = syscall(SYS_pkey_alloc, 0, 3); // PKEY_DISABLE_ACCESS, PKEY_DISABLE_WRITE
	if (key > 0) {
		syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_WRITE, key);
		FAULT(*page = 1); // SEGV_PKUERR
	}
}

static void await(int sig)
{
	while (came != sig)
		;
	came = 0;
}

static void timers(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 4 };
	struct itimerspec soon = { .it_value.tv_nsec = 1000 };
	timer_t timer;
	ev.sigev_value.sival_int = 77;
	handle(SIGRTMIN + 4, note);
	timer_create(CLOCK_MONOTONIC, &ev, &timer);
	timer_settime(timer, 0, &soon, 0);
	await(SIGRTMIN + 4);
	timer_delete(timer);

	struct itimerval at = { .it_value.tv_usec = 1000 };
	handle(SIGVTALRM, note), handle(SIGPROF, note);
	setitimer(ITIMER_VIRTUAL, &at, 0);
	await(SIGVTALRM);
	setitimer(ITIMER_PROF, &at, 0);
	await(SIGPROF);
}

static void queues(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	char name[64];
	snprintf(name, sizeof name, "/signals_raised_%d", getpid());
	mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (q == (mqd_t)-1)
		return;
	mq_unlink(name);
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	ev.sigev_value.sival_ptr = (void *)0x12345678;
	handle(SIGUSR1, note);
	if (mq_notify(q, &ev) || mq_send(q, "x", 1, 0))
		return;
	await(SIGUSR1);

	sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = -1 });
	await(SIGUSR1);
	syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
	await(SIGUSR1);
}

static void files(void)
{
	int ends[2], sockets[2];
	if (pipe(ends) || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		return;
	handle(SIGIO, note), handle(SIGPIPE, note), handle(SIGURG, note), handle(SIGXFSZ, note);
	fcntl(sockets[0], F_SETOWN, getpid());
	fcntl(sockets[0], F_SETFL, O_ASYNC); // without F_SETSIG: SI_KERNEL
	if (write(sockets[1], "x", 1) != 1)
		return;
	await(SIGIO);
	fcntl(sockets[0], F_SETSIG, SIGRTMIN + 4); // POLL_IN, or another, as the kernel sees it
	if (write(sockets[1], "x", 1) != 1)
		return;
	await(SIGRTMIN + 4);
	close(ends[0]);
	if (write(ends[1], "x", 1) == 1)
		return;
	await(SIGPIPE);
	struct rlimit limit = { 10, 10 };
	FILE *f = tmpfile();
	setrlimit(RLIMIT_FSIZE, &limit);
	if (ftruncate(fileno(f), 20) == 0)
		return;
	await(SIGXFSZ);
}

static int status_of(int pid, int options)
{
	int status = -1;
	while (waitpid(pid, &status, options) < 0 && errno == EINTR)
		;
	return status;
}

static void children(void)
{
	int pid;
	struct rlimit none = { 0, 0 };
	setrlimit(RLIMIT_CORE, &none);
	handle(SIGCHLD, note);
	if ((pid = fork()) == 0)
		_exit(3); // CLD_EXITED
	await(SIGCHLD), status_of(pid, 0);
	if ((pid = fork()) == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP); // CLD_STOPPED
	await(SIGCHLD), status_of(pid, WUNTRACED);
	kill(pid, SIGCONT); // CLD_CONTINUED
	await(SIGCHLD), status_of(pid, WCONTINUED);
	kill(pid, SIGKILL); // CLD_KILLED
	await(SIGCHLD), status_of(pid, 0);
	if ((pid = fork()) == 0) {
		signal(SIGSEGV, SIG_DFL);
		*(volatile int *)16 = 1; // killed, or CLD_DUMPED
	}
	await(SIGCHLD), status_of(pid, 0);
	if ((pid = fork()) == 0)
		raise(SIGRTMIN + 2), _exit(0);
	await(SIGCHLD), status_of(pid, 0);
}

int main(void)
{
	faults();
	timers();
	queues();
	files();
	children();
	signal(SIGUSR2, SIG_IGN);
	raise(SIGUSR2);
	raise(SIGWINCH); // ignored by default
	raise(SIGCONT);
	raise(SIGTERM);
	return 1;
}
