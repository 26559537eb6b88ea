// attach_leader: a program whose first thread ends when a byte comes on standard
// input, and whose other one works on until it is killed.
#include "attach_target.h"
#include <pthread.h>

static void *run(void *unused)
{
	for (unsigned i = 0;; i++) {
		if (work(i))
			_exit(1);
		usleep(1000);
	}
	return unused;
}

int main(void)
{
	pthread_t th;
	char c;
	if (pthread_create(&th, NULL, run, NULL))
		return 2;
	say("ready\n");
	if (read(0, &c, 1) != 1)
		return 2;
	pthread_exit(NULL);
}
