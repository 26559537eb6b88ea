// stress_vfork: threads that make children by vfork and by posix_spawn, one after
// another, and threads that make calls beside them.
// stress_vfork once: one vfork child that makes many calls; ends with status 5.
// stress_vfork leaf: what is spawned.
#include "attach_target.h"
#include <pthread.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

enum { CHILD_STATUS = 17, ONCE_STATUS = 5, THREADS = 4 };

extern char **environ;
static char *self;
static volatile int stop;

static void reap(const char *made_by, pid_t pid)
{
	int status = 0;
	pid_t got = waitpid(pid, &status, 0);
	if (got == pid && WIFEXITED(status) && WEXITSTATUS(status) == CHILD_STATUS)
		return;
	say("wrong: %s child %d: waitpid %d, status %#x\n", made_by, pid, got, status);
	_exit(1);
}

static pid_t vfork_child(unsigned calls)
{
	pid_t pid = vfork();
	if (pid == 0) {
		for (unsigned i = 0; i < calls; i++)
			if (work(i))
				_exit(1);
		_exit(CHILD_STATUS);
	}
	return pid;
}

static void *vforks(void *made)
{
	for (; !stop; ++*(unsigned long *)made)
		reap("vfork", vfork_child(3));
	return NULL;
}

static void *spawns(void *made)
{
	char *leaf[] = { self, "leaf", NULL };
	for (; !stop; ++*(unsigned long *)made) {
		pid_t pid = -1;
		int error = posix_spawn(&pid, self, NULL, NULL, leaf, environ);
		if (error) {
			say("wrong: posix_spawn: %s\n", strerror(error));
			_exit(1);
		}
		reap("spawned", pid);
	}
	return NULL;
}

static void *calls(void *made)
{
	for (unsigned i = 0; !stop; i++) {
		if (work(i)) {
			say("wrong: a call\n");
			_exit(1);
		}
		++*(unsigned long *)made;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static void *(*const run[THREADS])(void *) = { vforks, spawns, calls, calls };
	static unsigned long made[THREADS];
	pthread_t th[THREADS];
	self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "leaf"))
		return CHILD_STATUS;
	if (argc > 1 && !strcmp(argv[1], "once")) {
		reap("vfork", vfork_child(3000));
		return work(0) ? 1 : ONCE_STATUS;
	}
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&th[i], NULL, run[i], &made[i]))
			return 2;
	say("ready\n");
	while (!told_to_end(10))
		;
	stop = 1;
	int idle = 0;
	for (int i = 0; i < THREADS; i++) {
		pthread_join(th[i], NULL);
		idle += made[i] == 0;
	}
	if (idle)
		say("wrong: %d threads did nothing\n", idle);
	else
		say("ok\n");
	return idle != 0;
}
