/* Situations in which a process cannot be stopped as others are. Each says "ready" when
   two threads at least are where they stay. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *what)
{
	write(1, what, strlen(what));
}

__attribute__((noinline)) static void resting(void)
{
	for (;;)
		pause();
}

static void *rest(void *arg)
{
	resting();
	return arg;
}

__attribute__((noinline)) static void waiting(void)
{
	/* The parent sleeps, and nothing but the child's end wakes it. */
	if (vfork() == 0) {
		say("ready\n");
		for (char c; read(0, &c, 1) > 0;)
			;
		_exit(0);
	}
	say("over\n");
	resting();
}

static void *end_leader(void *leader)
{
	pthread_join(*(pthread_t *)leader, NULL);
	say("ready\n");
	resting();
	return NULL;
}

int main(int argc, char **argv)
{
	static pthread_t leader;
	volatile unsigned long n = 0;
	pthread_t t;

	leader = pthread_self();
	if (!strcmp(argv[argc - 1], "leader")) {
		pthread_create(&t, NULL, end_leader, &leader);
		pthread_exit(NULL);
	}
	pthread_create(&t, NULL, rest, NULL);
	if (!strcmp(argv[argc - 1], "vfork"))
		waiting();
	say("ready\n");
	if (!strcmp(argv[argc - 1], "busy"))
		for (;;)
			n++;
	resting();
}
