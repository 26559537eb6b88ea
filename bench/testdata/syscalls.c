// syscalls THREADS N: every thread calls getppid N times; prints the nanoseconds per
// call, from the start of the first to the end of the last thread.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MAX_THREADS = 64 };

static long calls;
static pthread_barrier_t started;

static void *run(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&started);
	for (long i = 0; i < calls; i++)
		syscall(SYS_getppid);
	return NULL;
}

static double now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	int threads = atoi(argv[1]);
	calls = atol(argv[2]);
	if (threads < 1 || threads > MAX_THREADS || calls < 1)
		return 2;

	static pthread_t thread[MAX_THREADS];
	pthread_barrier_init(&started, NULL, threads);
	for (int i = 1; i < threads; i++)
		if (pthread_create(&thread[i], NULL, run, NULL))
			return 2;
	double start = now();
	run(NULL);
	for (int i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
	printf("%.3f\n", (now() - start) / ((double)calls * threads));
	return 0;
}
