// place_dlchurn ROUNDS LIBRARY...: a thread for each library opens it, calls its churn and
// closes it again, ROUNDS times. Each thread prints its calls; in the middle
// and at the end the tracer's size is read.
#include "tracer.h"
#include <dlfcn.h>

static int rounds;
static pthread_barrier_t middle, measured;

struct job {
	const char *library;
	const char *name; // of the library, as traces have it
};

static void churn(const struct job *job, int i)
{
	void *lib = dlopen(job->library, RTLD_NOW);
	int (*fn)(int) = lib ? (int (*)(int))dlsym(lib, "churn") : 0;
	if (!fn || fn(i) != i + 23)
		counts.wrong++;
	if (lib)
		dlclose(lib);
}

static void *work(void *arg)
{
	const struct job *job = arg;
	for (int i = 0; i < rounds; i++) {
		if (i == rounds / 2) {
			pthread_barrier_wait(&middle);
			pthread_barrier_wait(&measured);
		}
		churn(job, i);
	}
	int tid = own_tid();
	dprintf(1, "count %d churn@%s %d\ncount %d helper@%s %d\n", tid, job->name, rounds, tid, job->name, rounds);
	// Twice through a register, once through the library's PLT.
	dprintf(1, "count %d strtol %d\ncount %d labs %d\n", tid, rounds, tid, 2 * rounds);
	if (counts.wrong)
		dprintf(1, "wrong %d %ld\n", tid, counts.wrong);
	return 0;
}

static long tracers_size(void)
{
	char file[64];
	long pid = status_field("/proc/self/status", "TracerPid:");
	snprintf(file, sizeof file, "/proc/%ld/status", pid);
	return pid ? status_field(file, "VmRSS:") : 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int n = argc - 2;
	rounds = (int)strtol(argv[1], 0, 10);
	pthread_barrier_init(&middle, 0, n + 1);
	pthread_barrier_init(&measured, 0, n + 1);
	pthread_t threads[n];
	struct job jobs[n];
	for (int k = 0; k < n; k++) {
		const char *slash = strrchr(argv[k + 2], '/');
		jobs[k] = (struct job){ argv[k + 2], slash ? slash + 1 : argv[k + 2] };
		if (pthread_create(&threads[k], 0, work, &jobs[k]))
			return 3;
	}
	pthread_barrier_wait(&middle);
	long half = tracers_size();
	pthread_barrier_wait(&measured);
	for (int k = 0; k < n; k++)
		pthread_join(threads[k], 0);
	dprintf(1, "tracer's size %ld kB, then %ld kB\n", half, tracers_size());
	return 0;
}
