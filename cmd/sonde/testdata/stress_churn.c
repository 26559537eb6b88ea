// stress_churn MAKERS FORKERS: threads that make threads and threads that make
// processes, all the while. Each checks that the kernel gives it what it asks for and
// that what it made ends as it must.
#include "attach_target.h"
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>

enum { CHILD_STATUS = 17, MAX_MAKERS = 16 };

static volatile int stop;

static void fail(const char *what, int error)
{
	say("wrong: %s: %s\n", what, strerror(error));
	_exit(1);
}

static void *brief(void *unused)
{
	for (unsigned i = 0; i < 3; i++)
		if (work(i))
			fail("call in a thread", 0);
	return unused;
}

static void *make_threads(void *made)
{
	while (!stop) {
		pthread_t th;
		int error = pthread_create(&th, NULL, brief, NULL);
		if (error || (error = pthread_join(th, NULL)))
			fail("thread", error);
		++*(unsigned long *)made;
	}
	return NULL;
}

static void *make_processes(void *made)
{
	while (!stop) {
		int status = 0;
		pid_t pid = fork();
		if (pid < 0)
			fail("fork", errno);
		if (pid == 0)
			_exit(work(1) ? 1 : CHILD_STATUS);
		if (waitpid(pid, &status, 0) != pid)
			fail("waitpid", errno);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != CHILD_STATUS) {
			say("wrong: child status %#x\n", status);
			_exit(1);
		}
		++*(unsigned long *)made;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t makers[MAX_MAKERS];
	static unsigned long made[MAX_MAKERS];
	int of_threads = argc > 2 ? atoi(argv[1]) : 0, of_processes = argc > 2 ? atoi(argv[2]) : 0;
	int n = of_threads + of_processes, wrong = 0;
	if (of_threads < 0 || of_processes < 0 || n < 1 || n > MAX_MAKERS)
		return 2;
	for (int i = 0; i < n; i++)
		if (pthread_create(&makers[i], NULL, i < of_threads ? make_threads : make_processes, &made[i]))
			return 2;
	say("ready\n");
	for (unsigned i = 0; !told_to_end(1); i++)
		wrong += work(i);
	stop = 1;
	for (int i = 0; i < n; i++) {
		pthread_join(makers[i], NULL);
		wrong += made[i] == 0;
	}
	if (wrong)
		say("wrong: %d calls or makers\n", wrong);
	else
		say("ok\n");
	return wrong != 0;
}
