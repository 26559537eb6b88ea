/* Four threads, and "abort" or what a debugger does of them. A signal is blocked, and
 * pending for the first; the process is nice.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *sleeper(void *ready)
{
	pthread_barrier_wait(ready);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	pthread_barrier_t ready;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR2);
	nice(3);
	pthread_barrier_init(&ready, NULL, 4);
	for (int i = 0; i < 3; i++) {
		pthread_t t;
		pthread_create(&t, NULL, sleeper, &ready);
	}
	pthread_barrier_wait(&ready);
	if (argc > 1 && !strcmp(argv[1], "abort"))
		abort();
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
