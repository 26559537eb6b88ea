// sig_modes MODE: what a program may do with signals; it prints what it has seen.
#include "truth.h"
#include <poll.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t seen;
static volatile int last_value;
static sigjmp_buf env;

static void on_signal(int sig)
{
	(void)sig;
	abs(-1);
	seen++;
}

// on_trap calls nothing: it runs with SIGTRAP blocked, and so would a probe.
static void on_trap(int sig)
{
	(void)sig;
	seen++;
}

static void on_queued(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	seen++;
	last_value += info->si_code == SI_QUEUE ? info->si_value.sival_int : 1000;
}

static void on_nodefer(int sig)
{
	if (++seen % 10)
		raise(sig);
	atoi("3");
}

static void on_fault(int sig)
{
	seen++;
	atoi("4");
	siglongjmp(env, sig);
}

static void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };
	if (sigaction(sig, &sa, 0))
		_exit(90);
}

static void mask(int how, int sig)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(how, &set, 0);
}

static int pending(int sig)
{
	sigset_t set;
	sigpending(&set);
	return sigismember(&set, sig);
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

// realtime queues values to signals that are blocked, then takes them in.
static void realtime(void)
{
	static const int signals[] = { 34, 38, 62 }; // the kernel's count from 32
	struct sigaction sa = { .sa_sigaction = on_queued, .sa_flags = SA_SIGINFO };
	for (int i = 0; i < 3; i++) {
		int sig = signals[i];
		if (sigaction(sig, &sa, 0))
			_exit(91);
		mask(SIG_BLOCK, sig);
		for (int v = 1; v <= 2; v++)
			sigqueue(getpid(), sig, (union sigval){ .sival_int = v });
		mask(SIG_UNBLOCK, sig);
	}
	printf("values %d\n", last_value);
}

// interrupted lets a signal end calls that block.
static void interrupted(void)
{
	struct itimerval soon = { { 0, 0 }, { 0, 20000 } };
	struct timespec long_time = { 1000, 0 };
	handle(SIGALRM, on_signal, 0);
	setitimer(ITIMER_REAL, &soon, 0);
	printf("pause %d", pause());
	printf(" %d\n", errno == EINTR);
	setitimer(ITIMER_REAL, &soon, 0);
	printf("nanosleep %d", nanosleep(&long_time, &long_time));
	printf(" %d %d\n", errno == EINTR, long_time.tv_sec == 999);
	setitimer(ITIMER_REAL, &soon, 0);
	printf("poll %d", poll(0, 0, 1000000));
	printf(" %d\n", errno == EINTR);
}

static void fault(void)
{
	static volatile int i;
	handle(SIGSEGV, on_fault, 0);
	for (i = 0; i < 100; i++)
		if (!sigsetjmp(env, 1))
			*(volatile int *)(8L * i) = 1;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	const char *mode = argv[1];
#define MODE(name) if (!strcmp(mode, name))
	MODE("trap-handled") handle(SIGTRAP, on_trap, 0), raise(SIGTRAP), breakpoint(), raise(SIGTRAP);
	MODE("trap-ignored") handle(SIGTRAP, SIG_IGN, 0), raise(SIGTRAP);
	MODE("trap-blocked") {
		handle(SIGTRAP, on_trap, 0), mask(SIG_BLOCK, SIGTRAP), raise(SIGTRAP);
		printf("pending %d seen %d\n", pending(SIGTRAP), (int)seen);
		for (int i = 0; i < 10; i++) // calls, while it waits
			atoi("1");
		printf("pending %d seen %d\n", pending(SIGTRAP), (int)seen);
		mask(SIG_UNBLOCK, SIGTRAP);
	}
	MODE("trap-restored") {
		sigset_t all, old, now;
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, &old);
		atoi("1");
		sigprocmask(SIG_SETMASK, &old, &all);
		sigprocmask(SIG_BLOCK, 0, &now);
		printf("blocked %d %d %d\n", sigismember(&old, SIGTRAP), sigismember(&all, SIGTRAP), sigismember(&now, SIGTRAP));
	}
	MODE("trap-waited") {
		sigset_t set;
		siginfo_t info;
		mask(SIG_BLOCK, SIGTRAP), raise(SIGTRAP);
		sigemptyset(&set), sigaddset(&set, SIGTRAP);
		for (int i = 0; i < 10; i++)
			atoi("1");
		printf("got %d", sigwaitinfo(&set, &info));
		printf(" code %d own %d\n", info.si_code, info.si_pid == getpid());
	}
	MODE("trap-default") fflush(stdout), raise(SIGTRAP);
	MODE("int3-handled") {
		handle(SIGTRAP, on_trap, 0);
		for (int i = 0; i < 100; i++)
			breakpoint();
	}
	MODE("int3-ignored") handle(SIGTRAP, SIG_IGN, 0), breakpoint();
	MODE("int3-blocked") handle(SIGTRAP, on_trap, 0), mask(SIG_BLOCK, SIGTRAP), breakpoint();
	MODE("int3-default") breakpoint();
	MODE("realtime") realtime();
	MODE("interrupted") interrupted();
	MODE("fault") fault();
	MODE("nodefer") handle(SIGUSR1, on_nodefer, SA_NODEFER), raise(SIGUSR1);
	MODE("abort") abort();
	MODE("kill") kill(getpid(), SIGKILL);
	printf("seen %d\n", (int)seen);
	return 40;
}
