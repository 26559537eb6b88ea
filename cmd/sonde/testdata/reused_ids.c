// Makes processes one after the other that have the same number, as far as nobody else
// takes it, and are killed or end by themselves: /proc/sys/kernel/ns_last_pid says what
// number the next one has. It tells how many had it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { first = 3000, same = 8 };

static pid_t make(int i)
{
	pid_t child = i % 2 ? vfork() : fork();
	if (child == 0) {
		if (i % 4 == 0)
			pause();
		_exit(i % same);
	}
	return child;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 0, reused = 0, status;
	int last = open("/proc/sys/kernel/ns_last_pid", O_RDWR | O_CLOEXEC);
	if (last < 0)
		return 2;
	for (int i = 0; i < n; i++) {
		char number[16];
		snprintf(number, sizeof number, "%d", first + i / same * 3 - 1);
		if (pwrite(last, number, strlen(number), 0) < 0)
			return 3;
		pid_t child = make(i);
		if (child < 0 || i % 4 == 0 && kill(child, SIGKILL))
			return 4;
		if (waitpid(child, &status, 0) != child || status != (i % 4 == 0 ? SIGKILL : i % same << 8))
			return 5;
		reused += child == first + i / same * 3 && i % same > 0;
	}
	printf("%d\n", reused);
	return 0;
}
