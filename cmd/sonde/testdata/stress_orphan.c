// stress_orphan N: forks without end, until the Nth child kills it.
#include "attach_target.h"
#include <signal.h>

int main(int argc, char **argv)
{
	pid_t parent = getpid();
	int last = argc > 1 ? atoi(argv[1]) : 1;
	signal(SIGCHLD, SIG_IGN); // nobody waits for them
	for (int n = 1;; n++) {
		pid_t pid = fork();
		if (pid < 0) {
			say("wrong: fork: %d\n", errno);
			return 3;
		}
		if (pid > 0)
			continue;
		if (n == last)
			kill(parent, SIGKILL);
		int wrong = 0;
		for (unsigned i = 0; i < 20; i++)
			wrong += work(i);
		_exit(wrong != 0);
	}
}
