// Threads that sleep in system calls, each in another: some go on after a stop by
// restart_syscall(2), and the others are made again.
#include "attach_target.h"
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

static struct timespec day = { 86400, 0 };
static int word, ends[2];
static volatile int wrong;

static void *sleeps(void *arg)
{
	wrong |= syscall(SYS_nanosleep, &day, 0) != -1;
	return arg;
}

static void *waits(void *arg)
{
	wrong |= syscall(SYS_futex, &word, FUTEX_WAIT, 0, &day, 0, 0) != 0;
	return arg;
}

static void *pauses(void *arg)
{
	wrong |= syscall(SYS_pause) != -1;
	return arg;
}

static void *reads(void *arg)
{
	char c;
	wrong |= syscall(SYS_read, ends[0], &c, 1) != 1;
	return arg;
}

static void nothing(int sig) { (void)sig; }

int main(void)
{
	void *(*all[])(void *) = { sleeps, waits, pauses, reads };
	pthread_t threads[4];
	struct pollfd in = { 0, POLLIN, 0 };
	signal(SIGUSR1, nothing);
	if (pipe(ends))
		return 3;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], 0, all[i], 0);
	say("ready\n");
	wrong |= poll(&in, 1, 86400000) != 1;
	pthread_kill(threads[0], SIGUSR1);
	pthread_kill(threads[2], SIGUSR1);
	syscall(SYS_futex, &word, FUTEX_WAKE, 1, 0, 0, 0);
	wrong |= write(ends[1], "", 1) != 1;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], 0);
	say(wrong ? "wrong\n" : "ok\n");
	return 0;
}
