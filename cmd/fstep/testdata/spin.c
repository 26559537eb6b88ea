// Works in one thread and waits in another, with SIGTRAP blocked and a handler for it,
// until its standard input ends. Then it raises SIGTRAP, and its status tells whether
// that came, and whether a flag was seen that it has not set.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile int stop, traps;
static volatile unsigned long seen;

static void trapped(int sig) { traps++; }

static void *spin(void *p) {
	while (!stop) {
		unsigned long f;
		__asm__ volatile("sub $128, %%rsp; pushf; pop %0; push %0; popf; add $128, %%rsp" : "=r"(f) : : "cc", "memory");
		seen |= f;
	}
	return NULL;
}

int main(void) {
	sigset_t set;
	signal(SIGTRAP, trapped);
	sigemptyset(&set);
	sigaddset(&set, SIGTRAP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pthread_t t;
	pthread_create(&t, NULL, spin, NULL);
	puts("ready");
	fflush(stdout);
	char c;
	while (read(0, &c, 1) > 0)
		;
	stop = 1;
	pthread_join(t, NULL);
	raise(SIGTRAP);
	int early = traps;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return early | (traps != 1) << 1 | (seen >> 8 & 1) << 2;
}
