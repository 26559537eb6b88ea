// A parent that sleeps in vfork while its child runs in its memory. No signal
// and no tracer wakes it until the child is gone.
#include "attach_target.h"
#include <sys/wait.h>

int main(void)
{
	static volatile int wrong; // the child's memory is the parent's
	pid_t parent = getpid();
	pid_t child = vfork();
	if (child == 0) {
		say("ready parent=%d child=%d\n", parent, getpid());
		for (unsigned i = 0; i % 64 || !told_to_end(1); i++)
			wrong += work(i);
		_exit(17);
	}
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 2;
	for (unsigned i = 0; i < 100; i++) // probes must be gone, or served, here as well
		wrong += work(i);
	if (wrong || !WIFEXITED(status) || WEXITSTATUS(status) != 17) {
		say("wrong: %d calls, child status %#x\n", wrong, status);
		return 1;
	}
	say("ok\n");
	return 0;
}
