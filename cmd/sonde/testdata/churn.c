// churn KIND N: makes N calls, or N threads, processes or programs that come and go.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *thread(void *arg)
{
	getppid();
	return arg;
}

static int one(const char *kind, const char *self)
{
	pthread_t t;
	pid_t pid;

	if (strcmp(kind, "calls") == 0)
		return getppid() > 0 ? 0 : -1;
	if (strcmp(kind, "threads") == 0)
		return pthread_create(&t, NULL, thread, NULL) || pthread_join(t, NULL);
	if ((pid = fork()) == 0) {
		if (strcmp(kind, "programs") == 0)
			execl("/proc/self/exe", self, "calls", "1", (char *)NULL);
		_exit(0);
	}
	return waitpid(pid, NULL, 0) != pid;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	for (int n = atoi(argv[2]); n > 0; n--)
		if (one(argv[1], argv[0]))
			return 1;
	return 0;
}
