// Makes threads and processes in every way, and executes itself from a thread that
// is not the leader.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char *self;

static int in_clone(void *arg)
{
	(void)arg;
	syscall(SYS_exit, 7);
	return 0;
}

static void *exec_again(void *arg)
{
	char *argv[] = { self, "again", 0 };
	(void)arg;
	execv(self, argv);
	return 0;
}

static void *nothing(void *arg) { return arg; }

int main(int argc, char **argv)
{
	static char stack[1 << 16];
	char *none[] = { "/none", 0 };
	pthread_t th;
	int status;
	self = argv[0];
	if (argc > 1)
		return 5;
	if (fork() == 0)
		_exit(1);
	if (vfork() == 0) {
		execv(none[0], none);
		_exit(2);
	}
	if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0)
		syscall(SYS_exit_group, 3);
	if (clone(in_clone, stack + sizeof stack, CLONE_VM | SIGCHLD, 0) < 0)
		return 8;
	int killed = fork();
	if (killed == 0)
		for (;;)
			pause();
	kill(killed, SIGKILL);
	while (wait(&status) > 0)
		;
	pthread_create(&th, 0, nothing, 0);
	pthread_join(th, 0);
	pthread_create(&th, 0, exec_again, 0);
	for (;;)
		pause();
}
