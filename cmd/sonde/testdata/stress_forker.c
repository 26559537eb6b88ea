// stress_forker: forks without end, until it is killed.
// stress_forker MICROSECONDS: has a thread do so, and exits after some time.
// The children make calls, and end with status 0 if these go well.
#include "attach_target.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>

static void *fork_on(void *unused)
{
	for (;;) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(work(1) + work(2));
		waitpid(pid, NULL, 0);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t th;
	say("%d\n", getpid());
	if (argc < 2)
		fork_on(NULL);
	if (pthread_create(&th, NULL, fork_on, NULL))
		return 2;
	usleep(strtol(argv[1], NULL, 10));
	_exit(0);
}
