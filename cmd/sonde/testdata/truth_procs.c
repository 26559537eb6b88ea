// truth_procs ROUNDS [THREADS]: each of THREADS threads makes ROUNDS times a
// child by fork, by vfork, by fork and exec, by vfork and exec, and by
// posix_spawn, with counted calls in all of them and around them.
// truth_procs leaf I: such a child after its exec.
#include "truth.h"
#include <spawn.h>

extern char **environ;
static char *self;
static int rounds;

static void reap(pid_t pid, int want)
{
	int status = -1;
	pid_t got;
	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (pid < 0 || got != pid || !WIFEXITED(status) || WEXITSTATUS(status) != want)
		dprintf(1, "wrong end of %d: %d, status %#x, not %d\n", pid, got, status, want);
}

// in_child counts for a child that shares the memory of its parent, whose own
// counts must come out of it unchanged.
static void in_child(int i)
{
	struct counts parents = counts;
	counts = (struct counts){0};
	call_all(i);
	report();
	counts = parents; // no call is counted from here to the end or the exec
}

static void round_of_children(int i)
{
	char *leaf[] = { self, "leaf", "7", 0 };
	pid_t pid;

	call_all(i);
	if (!(pid = fork()))
		in_child(i), _exit(3);
	reap(pid, 3);

	call_all(i);
	if (!(pid = vfork()))
		in_child(i), _exit(4);
	reap(pid, 4);

	if (!(pid = fork()))
		in_child(i), execv(self, leaf), _exit(9);
	call_all(i);
	reap(pid, 5);

	if (!(pid = vfork()))
		in_child(i), execv(self, leaf), _exit(9);
	call_all(i);
	reap(pid, 5);

	if (posix_spawn(&pid, self, 0, 0, leaf, environ))
		counts.wrong++;
	call_all(i);
	reap(pid, 5);
}

static void *work(void *unused)
{
	for (int i = 0; i < rounds; i++)
		round_of_children(i);
	report();
	return unused;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	self = argv[0];
	if (argc == 3 && argv[1][0] == 'l') {
		call_all(atoi(argv[2]));
		counts.normal[ATOI]++;
		report();
		return 5;
	}
	rounds = atoi(argv[1]);
	int threads = argc > 2 ? atoi(argv[2]) : 1;
	counts.normal[ATOI] += argc > 2 ? 2 : 1;
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
