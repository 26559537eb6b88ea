// Works in one thread, or as many as it is told to, and waits in another, with SIGTRAP
// blocked in all but each second of those and a handler for it, until its standard input
// ends. Then it raises SIGTRAP, and its status tells whether that came, and whether a flag
// was seen that it has not set.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST = 8 };

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

int main(int argc, char **argv) {
	sigset_t set;
	signal(SIGTRAP, trapped);
	sigemptyset(&set);
	sigaddset(&set, SIGTRAP);
	pthread_t threads[MOST];
	int n = argc > 1 ? atoi(argv[1]) : 1;
	for (int i = 0; i < n; i++) {
		pthread_sigmask(i % 2 ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
		pthread_create(&threads[i], NULL, spin, NULL);
	}
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	fflush(stdout);
	char c;
	while (read(0, &c, 1) > 0)
		;
	stop = 1;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	raise(SIGTRAP);
	int early = traps;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return early | (traps != 1) << 1 | (seen >> 8 & 1) << 2;
}
