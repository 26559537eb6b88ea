// Makes a child in its own memory, which executes cat when a byte comes, and ends as
// that does.
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int in_child(void *arg)
{
	char c;
	if (read(0, &c, 1) == 1)
		execl("/bin/cat", "cat", (char *)NULL);
	_exit(*(int *)arg);
}

int main(void)
{
	static char stack[1 << 16] __attribute__((aligned(16)));
	int status = 2;
	pid_t child = clone(in_child, stack + sizeof stack, CLONE_VM | SIGCHLD, &status);
	printf("ready child=%d\n", child);
	fflush(stdout);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 3;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}
