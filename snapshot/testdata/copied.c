/* A program that notices what is done to it: signals, children, system calls that
 * end early, registers and memory that are not its own. It counts generations, page
 * by page, so that a picture of its memory tells whether it is of one moment.
 * "ready ADDR" tells where; when standard input ends it says "ok", if all was well.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGES = 256, PAGE = 4096 };
static volatile unsigned pages[PAGES][PAGE / sizeof(unsigned)] __attribute__((aligned(PAGE)));
static volatile sig_atomic_t ticks, chld, usr1;
static int waits = 1;

static void bad(const char *what, long n)
{
	printf("bad: %s: %ld, errno %d\n", what, n, errno);
	exit(1);
}

static void on_signal(int sig)
{
	if (sig == SIGALRM)
		ticks++;
	else if (sig == SIGUSR1)
		usr1++;
	else
		chld++;
}

static void handle(int sig)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	sigaction(sig, &sa, NULL);
}

static void generation(void)
{
	unsigned g = pages[0][0];
	for (int i = 0; i < PAGES; i++) {
		if (pages[i][0] != g)
			bad("a page has changed", i);
		pages[i][0] = g + 1;
	}
	if (chld)
		bad("SIGCHLD", chld);
	if (waits && (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD))
		bad("a child", 0);
}

static int hung_up(void)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};
	return poll(&in, 1, 0) == 1;
}

static void sleeps(void)
{
	const struct timespec time = {.tv_nsec = 2000000};
	if (nanosleep(&time, NULL))
		bad("nanosleep", 0);
}

/* SIGUSR1 comes through in ppoll alone. */
static void polls(int n)
{
	sigset_t none, now;
	const struct timespec time = {.tv_nsec = 2000000};
	int before = usr1, sent = n % 4 == 0;
	sigemptyset(&none);
	if (sent)
		kill(getpid(), SIGUSR1);
	int r = ppoll(NULL, 0, &time, &none);
	if (sent ? r != -1 || errno != EINTR || usr1 != before + 1 : r != 0 || usr1 != before)
		bad("ppoll", r);
	sigprocmask(SIG_SETMASK, NULL, &now);
	if (!sigismember(&now, SIGUSR1))
		bad("the mask has changed", 0);
}

/* Each signal arrives once, with what it carries. */
static volatile int carried;

static void on_queued(int sig, siginfo_t *info, void *context)
{
	if (info->si_code != SI_QUEUE || info->si_pid != getpid() || info->si_value.sival_int != carried + 1)
		bad("a signal carries", info->si_value.sival_int);
	carried++;
}

static void queues(void)
{
	for (int i = 0; i < 100; i++) {
		int n = carried + 1;
		if (sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = n}) || carried != n)
			bad("a signal is lost", n);
	}
}

/* A thread is in a restartable sequence for good. The kernel aborts it whenever it has
 * been off the processor; that it does so to the end shows that it knows of it.
 */
static void aborts(void)
{
#if defined(__x86_64__) && defined(RSEQ_SIG)
	struct rseq *area = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
	static volatile long times;
	if (__rseq_size == 0)
		bad("rseq", 0);
	for (int i = 0; i < 20; i++) {
		long turns = 0;
		asm volatile(
			".pushsection __rseq_cs, \"aw\"\n"
			".balign 32\n"
			"3: .long 0, 0\n"
			".quad 1f, 2f - 1f, 4f\n"
			".popsection\n"
			".pushsection .text.abort, \"ax\"\n"
			".byte 0x0f, 0xb9, 0x3d\n"
			".long 0x53053053\n"
			"4: jmp 5f\n"
			".popsection\n"
			"leaq 3b(%%rip), %%rax\n"
			"movq %%rax, 8(%1)\n"
			"1: incq %0\n"
			"jmp 1b\n"
			"2:\n"
			"5:\n"
			: "+r"(turns)
			: "r"(area)
			: "rax", "memory", "cc");
		times++;
	}
#endif
}

static double work(void)
{
	double a = 1, b = 2, c = 3;
	for (int i = 0; i < 20000; i++) {
		a = a * 0.999 + b;
		b = b * 0.998 + c;
		c = c * 0.997 + 1;
	}
	return a + b + c;
}

static void *worker(void *arg)
{
	double first = work();
	for (;;)
		if (work() != first)
			bad("a thread's registers", 0);
	return arg;
}

/* Ends the process for what it does not do by itself. */
static void confine(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_wait4, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog prog = {sizeof code / sizeof *code, code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		bad("seccomp", 0);
	waits = 0;
}

static void limit(void)
{
	struct rlimit one = {1, 1};
	if (setrlimit(RLIMIT_NPROC, &one))
		bad("setrlimit", 0);
	if (getuid() == 0 && syscall(SYS_setresuid, 65534, 65534, 65534))
		bad("setresuid", 0);
	prctl(PR_SET_DUMPABLE, 1);
}

/* Makes system calls from nowhere but below the vDSO. */
static void dispatch(void)
{
	static char selector = 1; /* SYSCALL_DISPATCH_FILTER_BLOCK */
	enum { SET_DISPATCH = 59, ON = 1 };
	if (prctl(SET_DISPATCH, ON, 0UL, getauxval(AT_SYSINFO_EHDR), &selector))
		bad("prctl", 0);
}

/* Has the kernel ask at each fork, and nobody answers. */
static void pager(void)
{
	struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_EVENT_FORK};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register reg = {.range = {(unsigned long)p, PAGE}, .mode = UFFDIO_REGISTER_MODE_MISSING};
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))
		bad("userfaultfd", fd);
}

static void mappings(void)
{
	const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, anonymous, -1, 0);
	char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(p, 'x', 8 * PAGE);
	*shared = 's';
	madvise(p + PAGE, PAGE, MADV_DONTFORK);
	madvise(p + 3 * PAGE, PAGE, MADV_WIPEONFORK);
	madvise(p + 5 * PAGE, PAGE, MADV_DONTFORK); /* of no interest: it is not dumped */
	madvise(p + 5 * PAGE, PAGE, MADV_DONTDUMP);
	printf("ready %p %p %p\n", p + PAGE, p + 3 * PAGE, shared);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	sigset_t set;
	double first = work();
	handle(SIGALRM);
	handle(SIGUSR1);
	handle(SIGCHLD);
	sigaction(SIGRTMIN, &(struct sigaction){.sa_sigaction = on_queued, .sa_flags = SA_SIGINFO}, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!strcmp(mode, "threads"))
		for (int i = 0; i < 3; i++) {
			pthread_t t;
			pthread_create(&t, NULL, worker, NULL);
		}
	if (!strcmp(mode, "ticks")) {
		struct itimerval ms = {{0, 500}, {0, 500}};
		setitimer(ITIMER_REAL, &ms, NULL);
	}
	if (!strcmp(mode, "seccomp"))
		confine();
	if (!strcmp(mode, "limit"))
		limit();
	if (!strcmp(mode, "dispatch"))
		dispatch();
	if (!strcmp(mode, "pager"))
		pager();
	if (!strcmp(mode, "mappings"))
		mappings();
	printf("ready %p\n", (void *)pages);
	fflush(stdout);
	for (int n = 0; !hung_up(); n++) {
		generation();
		if (!strcmp(mode, "sleep") || !strcmp(mode, "threads"))
			sleeps();
		else if (!strcmp(mode, "ppoll"))
			polls(n);
		else if (!strcmp(mode, "queue"))
			queues();
		else if (!strcmp(mode, "rseq"))
			aborts();
		else if (work() != first)
			bad("registers", n);
	}
	puts("ok");
	return 0;
}
