/* A thread executes argv[1] while the first one is in pause, for ever. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* first reads a file of /proc of the first thread. */
static int first(const char *name, char *text, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/task/%d/%s", getpid(), name);
	FILE *f = fopen(path, "r");
	if (!f)
		return 0;
	size_t n = fread(text, 1, size - 1, f);
	fclose(f);
	text[n] = 0;
	return n > 0;
}

/* pausing tells that the first thread sleeps in pause: where a tracer has it stopped
 * before that, it is no sleep. */
static int pausing(void)
{
	char stat[512], call[512];
	int nr = -1;
	return first("stat", stat, sizeof stat) && strstr(stat, ") S ") &&
	       first("syscall", call, sizeof call) && sscanf(call, "%d", &nr) == 1 && nr == SYS_pause;
}

static void *run(void *path)
{
	while (!pausing())
		sched_yield();
	execl(path, (char *)path, (char *)0);
	return 0;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	if (argc != 2 || pthread_create(&thread, 0, run, argv[1]))
		return 2;
	for (;;)
		pause();
}
