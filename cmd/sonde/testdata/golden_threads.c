// A program of two threads, or of two processes, whose calls of outer and inner come in one
// order, and so do the ends: inner begins when outer has begun, and outer returns when the
// thread or process of inner is no more. With the word "wait" it first says "ready" and
// reads its standard input to the end.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int *begun, *tid; // shared with the child
static pid_t child;

__attribute__((noipa)) int inner(int n)
{
	return n + 1;
}

static void *second(void *arg)
{
	while (!atomic_load(begun))
		sched_yield();
	atomic_store(tid, syscall(SYS_gettid));
	inner(1);
	return arg;
}

__attribute__((noipa)) int outer(int n)
{
	atomic_store(begun, 1);
	if (child)
		return waitpid(child, NULL, 0) == child ? n : -1;
	// pthread_join would return before the tracer knows of the end. A thread stays
	// until its tracer has waited for it.
	while (!atomic_load(tid))
		sched_yield();
	while (!syscall(SYS_tgkill, getpid(), atomic_load(tid), 0))
		sched_yield();
	return n;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char c;

	begun = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (begun == MAP_FAILED)
		return 1;
	tid = begun + 1;
	if (argc > 1 && !strcmp(argv[1], "wait")) {
		if (write(1, "ready\n", 6) != 6)
			return 1;
		while (read(0, &c, 1) > 0)
			;
	}
	if (argc > 1 && !strcmp(argv[1], "fork")) {
		child = fork();
		if (child == 0) {
			second(NULL);
			_exit(4);
		}
	} else {
		pthread_create(&thread, NULL, second, NULL);
	}
	outer(7);
	inner(2);
	return 0;
}
