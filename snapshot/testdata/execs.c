/* Starts a thread and executes itself, over and over. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *spin(void *arg)
{
	for (;;)
		;
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc == 1) {
		puts("ready");
		fflush(stdout);
	}
	if (pthread_create(&thread, NULL, spin, NULL) != 0)
		return 1;
	execl("/proc/self/exe", argv[0], "again", (char *)NULL);
	return 1;
}
