// Executes another program, when it is told to, while a second thread works on.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *spin(void *arg)
{
	for (;;)
		;
	return arg;
}

int main(void)
{
	pthread_t thread;
	char c;

	if (pthread_create(&thread, NULL, spin, NULL) != 0)
		return 1;
	puts("ready");
	fflush(stdout);
	if (read(0, &c, 1) == 1)
		execl("/bin/cat", "cat", (char *)NULL);
	return 1;
}
