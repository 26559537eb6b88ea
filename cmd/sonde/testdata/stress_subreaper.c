// stress_subreaper MICROSECONDS COMMAND...: runs a command that traces a program which
// first says its pid, kills that program after some time, 0 for never, and says how all
// those have ended that come to it since they have lost their parents.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int to[2], status, orphans = 0;
	char said[32] = "";
	if (argc < 3 || prctl(PR_SET_CHILD_SUBREAPER, 1) || pipe(to))
		return 2;
	pid_t tool = fork();
	if (tool == 0) {
		if (dup2(to[1], 1) != 1)
			_exit(126);
		close(to[0]);
		close(to[1]);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	close(to[1]);
	if (read(to[0], said, sizeof said - 1) <= 0)
		return 3;
	pid_t program = atoi(said);
	if (atoi(argv[1])) {
		usleep(atoi(argv[1]));
		kill(program, SIGKILL);
	}
	for (pid_t pid; (pid = wait(&status)) > 0;) {
		if (pid == tool || pid == program)
			continue;
		orphans++;
		if (status)
			printf("an orphan's status is %#x\n", status);
	}
	printf("orphans: %d\n", orphans);
	return 0;
}
