// Makes the same calls in a process, in its child, in what that executes from a vfork, and
// in an orphan, which does so when standard input ends: each prints how they have ended. With
// SAY_ORPHAN set the orphan says first which process it is.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_calls(const char *who)
{
	long parent = syscall(SYS_getppid), user = syscall(SYS_getuid), session = syscall(SYS_getsid, 0);
	printf("%s %s\n", who, parent >= 0 && user >= 0 && session >= 0 ? "ok" : strerror(errno));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char c;
	if (argc > 1) {
		make_calls(argv[1]);
		return 0;
	}
	make_calls("first");
	pid_t child = fork();
	if (child == 0) {
		make_calls("child");
		pid_t other = vfork();
		if (other == 0) {
			execl(argv[0], argv[0], "executed", (char *)0);
			_exit(1);
		}
		waitpid(other, 0, 0);
		if (fork() == 0) {
			if (getenv("SAY_ORPHAN")) {
				printf("orphan is %d\n", getpid());
				fflush(stdout);
			}
			while (read(0, &c, 1) > 0)
				;
			make_calls("orphan");
		}
		_exit(0);
	}
	waitpid(child, 0, 0);
	make_calls("last");
	return 7;
}
