// Eight threads make system calls while signals come, and count them. What they
// have counted they say in calls as well: lseek(-1, count, MARK + kind), at the end
// of each thread. The handler has no SA_RESTART: a call that it breaks off is over.
// Each thread has signals of its own, or one could wake it that another then takes.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MARK = 0x5000, THREADS = 8, ROUNDS = 400 };
enum { GETPPID, UMASK, READ, SLEEP, YIELD, UNKNOWN, HANDLED, KINDS };

static __thread volatile long count[KINDS];
static int pipes[2];

static void handle(int sig)
{
	(void)sig;
	count[HANDLED]++;
}

static void *work(void *arg)
{
	long n = (long)arg;
	char byte;
	struct sigevent to = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	struct itimerspec every = { { 0, 3000000 }, { 0, 3000000 } };
	timer_t timer;
	to._sigev_un._tid = gettid();
	if (timer_create(CLOCK_MONOTONIC, &to, &timer) != 0 || timer_settime(timer, 0, &every, 0) != 0)
		abort();
	for (int i = 0; i < ROUNDS; i++) {
		count[GETPPID]++;
		if (syscall(SYS_getppid) <= 0)
			abort();
		count[UMASK]++;
		if (syscall(SYS_umask, 022) != 022)
			abort();
		count[READ]++;
		if (syscall(SYS_read, pipes[0], &byte, 1) != -1 || (errno != EAGAIN && errno != EINTR))
			abort();
		if (i % 8 == n) {
			struct timespec ts = { 0, 20000 };
			count[SLEEP]++;
			syscall(SYS_nanosleep, &ts, 0);
		}
		count[YIELD]++;
		syscall(SYS_sched_yield);
		count[UNKNOWN]++;
		if (syscall(999, 1, 2, 3, 4, 5, 6) != -1 || errno != ENOSYS)
			abort();
	}
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, 0);
	for (int i = 0; i < KINDS; i++)
		syscall(SYS_lseek, -1, count[i], MARK + i);
	return 0;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handle };
	pthread_t threads[THREADS];
	umask(022);
	if (pipe2(pipes, O_NONBLOCK) != 0)
		return 2;
	sigaction(SIGALRM, &sa, 0);
	for (long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], 0, work, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], 0);
	return 0;
}
