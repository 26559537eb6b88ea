// Receives a signal of every kind that a siginfo_t tells apart, and prints the
// bytes of each siginfo_t in hexadecimal, one a line, for comparison with what
// a tracer has printed of the same signals.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static sigjmp_buf back;
static volatile sig_atomic_t got;

static void handler(int sig, siginfo_t *si, void *context)
{
	for (unsigned i = 0; i < sizeof *si; i++)
		printf("%02x", ((unsigned char *)si)[i]);
	printf("\n");
	fflush(stdout);
	got = sig;
	if (si->si_code > 0 && (sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE))
		siglongjmp(back, 1); // a fault would come again
}

// queue sends a siginfo_t of our own making, which a process may do to itself
// with any si_code (kernel/signal.c, do_rt_sigqueueinfo).
static void queue(int sig, int code, long value, int err)
{
	siginfo_t si;
	memset(&si, 0, sizeof si);
	si.si_signo = sig;
	si.si_code = code;
	si.si_errno = err;
	si.si_pid = 7;
	si.si_uid = 9;
	si.si_value.sival_ptr = (void *)value;
	if (sigsetjmp(back, 1) == 0)
		syscall(SYS_rt_sigqueueinfo, getpid(), sig, &si);
}

// catch_all installs the handler with the kernel itself: libc hides 32 and 33.
static void catch_all(void)
{
	struct { void *handler; unsigned long flags; void *restorer; unsigned long mask; } k;
	struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
	sigaction(SIGUSR1, &sa, 0);
	syscall(SYS_rt_sigaction, SIGUSR1, 0, &k, 8);
	for (int sig = 1; sig <= 64; sig++)
		syscall(SYS_rt_sigaction, sig, &k, 0, 8);
}

static void sent(void)
{
	for (int sig = 1; sig <= 64; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			syscall(SYS_kill, getpid(), sig);
	raise(SIGUSR2);
	sigqueue(getpid(), SIGUSR1, (union sigval){.sival_ptr = (void *)0xfffffffe92345678});
	sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 0});
	for (int code = 0; code >= -9; code--) {
		queue(SIGUSR1, code, 0, 0);
		queue(SIGUSR1, code, -5, ENOENT);
		queue(SIGSEGV, code, 5, 4000);
	}
	queue(SIGUSR1, SI_ASYNCNL, 1, -1);
	for (int sig = 1; sig <= 34; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			for (int code = 1; code <= 16; code++)
				queue(sig, code, 1, 0);
	queue(SIGUSR1, SI_KERNEL, 0, 0);
	queue(SIGSEGV, SI_KERNEL, 0, 0);
}

static void faults(void)
{
	FILE *empty = tmpfile();
	char *beyond = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(empty), 0);
	volatile int zero = 0;
	if (!sigsetjmp(back, 1)) *(volatile int *)0 = 1;
	if (!sigsetjmp(back, 1)) *(volatile int *)16 = 1;
	if (!sigsetjmp(back, 1)) *(volatile int *)faults = 1;
	if (!sigsetjmp(back, 1)) *(volatile int *)0x8000000000000000 = 1;
	if (!sigsetjmp(back, 1)) *(volatile char *)beyond = 1;
	if (!sigsetjmp(back, 1)) zero = 1 / zero;
	if (!sigsetjmp(back, 1)) __builtin_trap();
}

static void await(pid_t pid, int flags)
{
	while (waitpid(pid, 0, flags) < 0 && errno == EINTR)
		;
}

static void children(void)
{
	pid_t pid;
	if ((pid = fork()) == 0)
		_exit(3);
	await(pid, 0);
	if ((pid = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		raise(SIGSTOP);
		_exit(0);
	}
	await(pid, WUNTRACED);
	kill(pid, SIGKILL);
	await(pid, 0);
}

static void timers(void)
{
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_ptr = (void *)0x12345678};
	struct itimerspec soon = {.it_value.tv_nsec = 1};
	struct itimerval alarm = {.it_value.tv_usec = 1};
	timer_t t[2]; // of the numbers 0 and 1
	for (int i = 0; i < 2; i++) {
		timer_create(CLOCK_MONOTONIC, &ev, &t[i]);
		got = 0;
		for (timer_settime(t[i], 0, &soon, 0); got != SIGUSR2;)
			;
	}
	for (setitimer(ITIMER_REAL, &alarm, 0); got != SIGALRM;)
		;
}

static void io(void)
{
	int fd[2];
	if (pipe(fd) < 0)
		return;
	fcntl(fd[0], F_SETOWN, getpid());
	fcntl(fd[0], F_SETSIG, SIGPOLL);
	fcntl(fd[0], F_SETFL, O_ASYNC);
	if (write(fd[1], "x", 1) < 0)
		return;
}

static void seccomp(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4000, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP | EIO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {sizeof filter / sizeof *filter, filter};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
	syscall(4000);
}

int main(void)
{
	catch_all();
	sent();
	faults();
	children();
	timers();
	io();
	seccomp();
	return 0;
}
