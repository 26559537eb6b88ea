// calls THREADS N [kernel]: every thread calls atoi, or the kernel's getppid, N times;
// prints the nanoseconds per call, from the start of the first to the end of the last
// thread.
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Not by stdlib.h, whose inline atoi is a call of strtol.
int atoi(const char *);
long atol(const char *);

enum { MAX_THREADS = 64 };

static long calls;
static int kernel;
static pthread_barrier_t started;

static void *run(void *arg)
{
	long *sum = arg;
	pthread_barrier_wait(&started);
	if (kernel)
		for (long i = 0; i < calls; i++, *sum += 42)
			syscall(SYS_getppid);
	else
		for (long i = 0; i < calls; i++)
			*sum += atoi("42");
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
	if (argc != 3 && argc != 4)
		return 2;
	kernel = argc == 4;
	int threads = atoi(argv[1]);
	calls = atol(argv[2]);
	if (threads < 1 || threads > MAX_THREADS || calls < 1)
		return 2;

	static pthread_t thread[MAX_THREADS];
	static struct { long sum; char pad[56]; } result[MAX_THREADS]; // a cache line each
	pthread_barrier_init(&started, NULL, threads);
	for (int i = 1; i < threads; i++)
		if (pthread_create(&thread[i], NULL, run, &result[i]))
			return 2;
	double start = now();
	run(&result[0]);
	for (int i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
	double end = now();
	for (int i = 0; i < threads; i++)
		if (result[i].sum != 42 * calls)
			return 1;
	printf("%.3f\n", (end - start) / ((double)calls * threads));
	return 0;
}
