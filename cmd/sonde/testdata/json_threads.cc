// json_threads THREADS: each thread gives itself a name, worker0 and so on, throws an
// exception through qsort, and sends itself a signal.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static int leave(const void *a, const void *b)
{
	if (abs(*(const int *)a) >= abs(*(const int *)b))
		throw 7;
	return 0;
}

static void on_signal(int) { }

static void *work(void *arg)
{
	char name[16];
	int numbers[] = { 2, 1 };
	snprintf(name, sizeof name, "worker%ld", (long)arg);
	pthread_setname_np(pthread_self(), name);
	try {
		qsort(numbers, 2, sizeof *numbers, leave);
	} catch (int) {
		raise(SIGUSR1);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const int most = 16;
	pthread_t threads[most];
	int n = argc > 1 ? atoi(argv[1]) : most;
	signal(SIGUSR1, on_signal);
	for (long i = 0; i < n && i < most; i++)
		if (pthread_create(&threads[i], 0, work, (void *)i))
			return 1;
	for (int i = 0; i < n && i < most; i++)
		pthread_join(threads[i], 0);
	return 0;
}
