// stress_affinity: when a byte comes on standard input it makes a thread and a
// child process, says so, and works on with them until its input ends.
#include "attach_target.h"
#include <pthread.h>
#include <sys/wait.h>

enum { CHILD_STATUS = 17 };

static volatile int stop;

static void *run(void *wrong)
{
	for (unsigned i = 0; !stop; i++) {
		*(int *)wrong += work(i);
		usleep(1000);
	}
	return NULL;
}

int main(void)
{
	pthread_t early, late;
	int wrong = 0, wrong_early = 0, wrong_late = 0, status = 0;
	struct pollfd in = { 0, POLLIN, 0 };
	char c;
	if (pthread_create(&early, NULL, run, &wrong_early))
		return 2;
	say("ready\n");
	for (unsigned i = 0; poll(&in, 1, 1) == 0; i++)
		wrong += work(i);
	if (read(0, &c, 1) != 1 || pthread_create(&late, NULL, run, &wrong_late))
		return 2;
	pid_t child = fork();
	if (child == 0) {
		for (unsigned i = 0; !told_to_end(1); i++)
			wrong += work(i);
		_exit(wrong ? 1 : CHILD_STATUS);
	}
	say("born child=%d\n", child);
	for (unsigned i = 0; !told_to_end(1); i++)
		wrong += work(i);
	stop = 1;
	pthread_join(early, NULL);
	pthread_join(late, NULL);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 3;
	wrong += wrong_early + wrong_late;
	if (wrong || !WIFEXITED(status) || WEXITSTATUS(status) != CHILD_STATUS) {
		say("wrong: %d calls, child status %#x\n", wrong, status);
		return 1;
	}
	say("ok\n");
	return 0;
}
