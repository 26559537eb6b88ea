// What a program can see of being stepped, with a C library: SIGTRAP blocked, sent,
// waited for and handled; flags; children of fork and vfork; timers; threads.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t traps, alarms, steps;

static void trapped(int sig) { traps++; }
static void alarmed(int sig) { alarms++; }

// While TF is set each instruction but the first raises SIGTRAP (TRAP_TRACE).
static void stepped(int sig) { steps++; }

static void blocked(void) {
	sigset_t set, old, pending;
	sigemptyset(&set);
	sigaddset(&set, SIGTRAP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTRAP);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, NULL, &old);
	printf("blocked %d, pending %d, handled %d\n", sigismember(&old, SIGTRAP), sigismember(&pending, SIGTRAP), traps);
	int sig = 0;
	sigwait(&set, &sig);
	printf("waited for %d\n", sig);
	raise(SIGTRAP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	printf("handled %d\n", traps);
	sigprocmask(SIG_BLOCK, NULL, &old);
	printf("blocked %d\n", sigismember(&old, SIGTRAP));
}

static void *thread(void *p) {
	for (int i = 0; i < 1000; i++)
		__sync_fetch_and_add((long *)p, 1);
	return NULL;
}

int main(void) {
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGTRAP, trapped);
	signal(SIGALRM, alarmed);
	__asm__ volatile("int3");
	raise(SIGTRAP);
	printf("handled %d\n", traps);
	blocked();

	struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
	setitimer(ITIMER_REAL, &often, NULL);
	unsigned long seen = 0;
	while (alarms < 20) {
		unsigned long f;
		__asm__ volatile("sub $128, %%rsp; pushf; pop %0; push %0; popf; add $128, %%rsp" : "=r"(f) : : "cc", "memory");
		seen |= f;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	printf("trap flag %lu, handled %d\n", seen >> 8 & 1, traps);

	signal(SIGTRAP, stepped);
	__asm__ volatile("sub $128, %%rsp; pushf; orl $256, (%%rsp); popf; nop; nop; pushf; andl $-257, (%%rsp); popf; add $128, %%rsp" : : : "cc", "memory");
	printf("its own steps: %d\n", steps);

	long sum = 0;
	pthread_t t[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, thread, &sum);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	printf("sum %ld\n", sum);
	int status;
	if (fork() == 0)
		_exit(3);
	wait(&status);
	printf("child %d\n", WEXITSTATUS(status));
	status = system("echo in a shell; exit 4");
	printf("shell %d\n", WEXITSTATUS(status));
	sigset_t none;
	sigemptyset(&none);
	struct itimerval once = {{0, 0}, {0, 2000}};
	sigset_t alrm;
	sigemptyset(&alrm);
	sigaddset(&alrm, SIGALRM);
	sigprocmask(SIG_BLOCK, &alrm, NULL);
	alarms = 0;
	setitimer(ITIMER_REAL, &once, NULL);
	sigsuspend(&none);
	printf("suspended until %d\n", alarms);
	struct timespec now;
	printf("clock %d\n", clock_gettime(CLOCK_MONOTONIC, &now));
	return 5;
}
