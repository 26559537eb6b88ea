// stress_exec: a program that does nothing but execute itself anew, by another
// thread each time: its first one, or one of the others while the first works,
// sleeps, or has ended. More threads call library functions until the exec ends
// them. Each generation hands the next its number and the process's id.
#include "attach_target.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { WORKERS = 2, WAYS = 4 };

static unsigned long generation;
static pid_t self;

static void fail(const char *what)
{
	say("wrong: %s in generation %lu\n", what, generation);
	_exit(1);
}

static void call_some(unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++)
		if (work(i))
			fail("calls");
}

static void *call_on(void *unused)
{
	for (;;)
		call_some(100);
	return unused;
}

static void *execute(void *unused)
{
	char next[24], pid[24];
	call_some(10);
	snprintf(next, sizeof next, "%lu", generation + 1);
	snprintf(pid, sizeof pid, "%d", self);
	// Not /proc/self: that shows the first thread's program, and that may have ended.
	execl("/proc/thread-self/exe", "stress_exec", next, pid, (char *)NULL);
	fail("exec");
	return unused;
}

static void start(void *(*run)(void *))
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, run, NULL))
		fail("pthread_create");
}

int main(int argc, char **argv)
{
	sigset_t blocked;
	self = getpid();
	if (argc > 2) {
		generation = strtoul(argv[1], NULL, 10);
		if (strtol(argv[2], NULL, 10) != self)
			fail("the process's id");
	}
	if (sigprocmask(SIG_BLOCK, NULL, &blocked) || !sigisemptyset(&blocked))
		fail("the signal mask");
	if (generation == 0)
		say("ready\n");
	if (told_to_end(0)) {
		say(generation > 0 ? "ok\n" : "wrong: no exec\n");
		return generation == 0;
	}
	for (int i = 0; i < WORKERS; i++)
		start(call_on);
	if (generation % WAYS == 0)
		execute(NULL);
	start(execute);
	switch (generation % WAYS) {
	case 1:
		call_on(NULL);
	case 2:
		for (;;)
			pause();
	}
	pthread_exit(NULL);
}
