// Two processes, not threads of one, in one address space: clone(CLONE_VM)
// with a stack of its own for the child.
#define _GNU_SOURCE
#include "attach_target.h"
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { STACK = 256 << 10 };

static volatile int stop, child_wrong;

static int child(void *arg)
{
	(void)arg;
	for (unsigned i = 0; !stop; i++) {
		child_wrong += work(i);
		if (i % 64 == 0)
			usleep(500);
	}
	return 17;
}

int main(void)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		return 2;
	pid_t pid = clone(child, stack + STACK, CLONE_VM | SIGCHLD, NULL);
	if (pid < 0)
		return 2;
	say("ready parent=%d child=%d\n", getpid(), pid);

	int wrong = 0, status = 0;
	for (unsigned i = 0; i % 64 || !told_to_end(1); i++)
		wrong += work(i);
	stop = 1;
	if (waitpid(pid, &status, 0) != pid)
		return 2;
	if (wrong || child_wrong || !WIFEXITED(status) || WEXITSTATUS(status) != 17) {
		say("wrong: %d and %d calls, child status %#x\n", wrong, child_wrong, status);
		return 1;
	}
	say("ok\n");
	return 0;
}
