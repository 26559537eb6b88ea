// Makes children, by fork and by posix_spawn in turn, which all live until the last is
// there, and tells how many of them have ended as they should.
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void in_child(int lasts)
{
	char c;
	close(lasts);
	_exit(read(0, &c, 1) == 0 ? 7 : 1);
}

int main(int argc, char **argv)
{
	char *shell[] = {"sh", "-c", "read line; exit 7", NULL};
	int n = argc > 1 ? atoi(argv[1]) : 0, ends[2], status, well = 0;
	if (pipe2(ends, O_CLOEXEC) || dup2(ends[0], 0) != 0)
		return 2;
	for (int i = 0; i < n; i++) {
		pid_t child;
		if (i % 2 == 0 && (child = fork()) == 0)
			in_child(ends[1]);
		if (i % 2 != 0 && posix_spawn(&child, "/bin/sh", NULL, NULL, shell, environ) != 0 || child < 0)
			return 3;
	}
	close(ends[1]);
	while (wait(&status) > 0)
		well += WIFEXITED(status) && WEXITSTATUS(status) == 7;
	printf("%d of %d\n", well, n);
	return 0;
}
