// fault_exec THREADS PROGRAM ARG...: executes PROGRAM from a thread that is not the
// first, while THREADS others make library calls; with 0 from the first.
#include "truth.h"

char *getenv(const char *);

static char **program;
static pthread_barrier_t started;

static void *be_busy(void *unused)
{
	pthread_barrier_wait(&started);
	for (;;)
		getenv("HOME");
	return unused;
}

static void *execute(void *unused)
{
	if (unused)
		pthread_barrier_wait(&started);
	execv(program[0], program);
	_exit(9);
}

int main(int argc, char **argv)
{
	pthread_t th;
	int n = argc > 2 ? argv[1][0] - '0' : -1;
	if (n < 0)
		return 2;
	program = argv + 2;
	getenv("HOME");
	if (!n)
		execute(0);
	pthread_barrier_init(&started, 0, (unsigned)n + 2);
	for (int i = 0; i < n; i++)
		if (pthread_create(&th, 0, be_busy, 0))
			return 3;
	if (pthread_create(&th, 0, execute, &started))
		return 3;
	pthread_barrier_wait(&started);
	pause();
	return 4;
}
