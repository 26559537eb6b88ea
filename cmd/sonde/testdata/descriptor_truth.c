// descriptor_truth DIR: writes to files their own names, by descriptors whose numbers
// go from file to file: threads that share a table open and close at once, one has a
// table of its own, a process shares the table, another has a copy, files are renamed
// while they are open, and an exec closes them. Prints the number of writes.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 150, WRITES = 4 };

static const char *dir;

static void name(char *path, int who, int round)
{
	sprintf(path, "%s/%d-%d", dir, who, round);
}

static void say(int fd, const char *path)
{
	if (write(fd, path, strlen(path)) != (ssize_t)strlen(path))
		abort();
}

static void rounds(int who)
{
	char path[4096], other[4096];
	for (int i = 0; i < ROUNDS; i++) {
		name(path, who, i % 3);
		name(other, who, 1000 + i % 3);
		int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
		say(fd, path);
		int second = dup(fd);
		say(second, path);
		close(fd);
		rename(path, other);
		say(second, other);
		int fixed = 100 + who; // the same number for another file each time
		dup2(second, fixed);
		close(second);
		say(fixed, other);
		if (i % 2)
			close(fixed);
	}
}

static void *thread(void *who)
{
	rounds((int)(long)who);
	return NULL;
}

static void *apart(void *who)
{
	if (unshare(CLONE_FILES))
		abort();
	close(STDIN_FILENO); // so that its numbers are not the others'
	rounds((int)(long)who);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	dir = argv[1];
	if (argc > 2) { // after the exec
		rounds(9);
		return 0;
	}
	pthread_t t[THREADS + 1];
	for (long i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, thread, (void *)i);
	pthread_create(&t[THREADS], NULL, apart, (void *)(long)THREADS);
	long pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		rounds(7);
		_exit(0);
	}
	if (fork() == 0) {
		rounds(8);
		_exit(0);
	}
	for (int i = 0; i <= THREADS; i++)
		pthread_join(t[i], NULL);
	while (wait(NULL) > 0)
		;
	printf("%d\n", (THREADS + 4) * ROUNDS * WRITES);
	fflush(stdout);
	for (int fd = 3; fd < 10; fd++)
		open("/dev/null", O_RDONLY | O_CLOEXEC);
	execl("/proc/self/exe", argv[0], dir, "again", NULL);
	return 1;
}
