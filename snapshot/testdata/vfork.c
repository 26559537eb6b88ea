// A thread that nothing stops, since its child by vfork has its memory, beside one that
// sleeps.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *stubborn(void *unused)
{
	(void)unused;
	if (vfork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return NULL;
}

int main(void)
{
	pthread_t t;
	pthread_create(&t, NULL, stubborn, NULL);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
