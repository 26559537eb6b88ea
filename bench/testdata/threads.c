// Threads that sleep some calls deep, and one that looks at the clock all the time and
// knows the longest time for which it did not run.
//
//	threads THREADS [MIB]
//
// with so many MiB of memory that was written to. It says "ready", and then for each line
// of its input the longest time since the last, in milliseconds.
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DEPTH = 30, STACK = 64 << 10 };

static pthread_barrier_t all;

__attribute__((noinline)) static int sleeper(int depth)
{
	if (depth > 0)
		return sleeper(depth - 1) + depth;
	pthread_barrier_wait(&all);
	for (;;)
		pause();
}

static void *idle(void *unused)
{
	(void)unused;
	free(malloc(100)); // which makes an arena, mostly
	return sleeper(DEPTH) ? &all : NULL;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void watch(void)
{
	char line[80];
	struct pollfd in = { .fd = 0, .events = POLLIN };
	double longest = 0, last = now();
	for (;;) {
		// Between two looks it sleeps, as one that waits for requests.
		int ready = poll(&in, 1, 1);
		double t = now();
		if (t - last > longest)
			longest = t - last;
		last = t;
		if (ready <= 0)
			continue;
		if (fgets(line, sizeof line, stdin) == NULL)
			return;
		printf("%f\n", longest);
		longest = 0;
		last = now();
	}
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	size_t size = (size_t)(argc > 2 ? atoi(argv[2]) : 0) << 20;
	unsigned *memory = malloc(size + 1);
	for (size_t i = 0; i < size / sizeof *memory; i++)
		memory[i] = (unsigned)i * 2654435761u | 1;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_barrier_init(&all, NULL, threads + 1);
	for (int i = 0; i < threads; i++) {
		pthread_t t;
		if (pthread_create(&t, &attr, idle, NULL) != 0)
			return 1;
	}
	pthread_barrier_wait(&all);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	watch();
	return 0;
}
