// truth_threads THREADS CALLS [HZ]: each thread calls every counted function
// CALLS times. With HZ, a timer interrupts them that often, and the handler
// makes counted calls too. The main thread is one of the THREADS.
#include "truth.h"

static int calls;

static void on_alarm(int sig)
{
	int saved = errno;
	CALL(handler, ABS, abs(-sig), sig);
	CALL(handler, TOUPPER, toupper('x'), 'X');
	errno = saved;
}

static void *work(void *unused)
{
	for (int i = 0; i < calls; i++)
		call_all(i);
	block(SIGALRM);
	report();
	return unused;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int threads = atoi(argv[1]);
	calls = atoi(argv[2]);
	counts.normal[ATOI] += 2;
	if (argc > 3) {
		int us = 1000000 / atoi(argv[3]);
		counts.normal[ATOI]++;
		struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
		struct itimerval every = { { 0, us }, { 0, us } };
		if (sigaction(SIGALRM, &sa, 0) || setitimer(ITIMER_REAL, &every, 0))
			return 3;
	}
	say_first();
	pthread_t others[threads];
	for (int i = 1; i < threads; i++)
		if (pthread_create(&others[i], 0, work, 0))
			return 4;
	work(0);
	for (int i = 1; i < threads; i++)
		pthread_join(others[i], 0);
	return 0;
}
