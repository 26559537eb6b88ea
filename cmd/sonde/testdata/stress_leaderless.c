// stress_leaderless [late]: a program whose first thread ends by pthread_exit while
// two others work on; "late" when a byte comes on standard input. The kernel keeps
// the first one as a zombie until the process ends.
#include "attach_target.h"
#include <pthread.h>
#include <sys/syscall.h>

void exit(int) __attribute__((noreturn));

static pthread_barrier_t started;
static char reads; // the task of the worker that reads standard input
static volatile int reader; // its thread id
static volatile int wrong;

static void *run(void *task)
{
	if (task)
		reader = (int)syscall(SYS_gettid);
	pthread_barrier_wait(&started);
	for (unsigned i = 0;; i++) {
		wrong += work(i);
		if (i % 64)
			continue;
		if (!task) {
			usleep(1000);
		} else if (told_to_end(1)) {
			say(wrong ? "wrong: calls\n" : "ok\n");
			exit(wrong != 0);
		}
	}
}

int main(int argc, char **argv)
{
	pthread_t th;
	char c;
	(void)argv;
	pthread_barrier_init(&started, NULL, 3);
	if (argc > 1) {
		// The workers read only when this has its byte.
		say("ready\n");
		if (read(0, &c, 1) != 1)
			return 2;
	}
	if (pthread_create(&th, NULL, run, &reads) || pthread_create(&th, NULL, run, NULL))
		return 2;
	pthread_barrier_wait(&started);
	say("ready reader=%d\n", reader);
	pthread_exit(NULL);
}
