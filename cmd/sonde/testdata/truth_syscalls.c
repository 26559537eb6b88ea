// truth_syscalls THREADS ROUNDS [HZ]: each thread makes the same system calls ROUNDS
// times and counts them; the threads are a ring, in which each writes into its
// neighbour's pipe and reads from its own. With HZ, a timer interrupts them that
// often, and the handler makes a system call too.
#include "truth.h"
#include <fcntl.h>
#include <time.h>

// What a handler without SA_SIGINFO returns by (sigreturn(2)).
#ifdef __i386__
#define SIGRETURN "sigreturn"
#else
#define SIGRETURN "rt_sigreturn"
#endif

enum { MOST = 64 };
static int pipes[MOST][2], threads, rounds;

// What the handler does is counted apart.
static __thread long rounds_made, interrupted;

static void on_alarm(int sig)
{
	int saved = errno;
	interrupted++;
	if (syscall(SYS_getuid) < 0)
		_exit(90);
	errno = saved;
}

static void work_round(int self)
{
	struct timespec none = { 0, 0 };
	char c = 'c';
	if (syscall(SYS_getppid) <= 0)
		_exit(91);
	if (syscall(SYS_write, pipes[(self + 1) % threads][1], &c, 1) != 1)
		_exit(92);
	if (syscall(SYS_read, pipes[self][0], &c, 1) != 1)
		_exit(93);
	int fd = syscall(SYS_open, "/dev/null", O_RDONLY);
	if (fd < 0 || syscall(SYS_close, fd) || syscall(SYS_close, -1) != -1)
		_exit(94);
	if (syscall(SYS_nanosleep, &none, 0) && errno != EINTR)
		_exit(95);
}

static void *work(void *number)
{
	for (int i = 0; i < rounds; i++, rounds_made++)
		work_round((int)(long)number);
	block(SIGALRM);
	int tid = own_tid();
	char text[400];
	// The write of the report is not among those that are counted: it is writev.
	int n = snprintf(text, sizeof text,
			 "count %d getppid@SYS %ld\ncount %d write@SYS %ld\ncount %d read@SYS %ld\n"
			 "count %d open@SYS %ld\ncount %d close@SYS %ld\ncount %d nanosleep@SYS %ld\n"
			 "count %d getuid@SYS %ld\ncount %d " SIGRETURN "@SYS %ld\n",
			 tid, rounds_made, tid, rounds_made, tid, rounds_made, tid, rounds_made,
			 tid, 2 * rounds_made, tid, rounds_made, tid, interrupted, tid, interrupted);
	struct iovec { void *base; size_t len; } v = { text, n };
	if (syscall(SYS_writev, 1, &v, 1) != n)
		_exit(96);
	return 0;
}

// ready waits until all threads are: what they do before that is not counted.
static pthread_barrier_t ready;

static void *begin(void *number)
{
	pthread_barrier_wait(&ready);
	return work(number);
}

int main(int argc, char **argv)
{
	if (argc < 3 || (threads = atoi(argv[1])) > MOST)
		return 2;
	say_first();
	rounds = atoi(argv[2]);
	for (int i = 0; i < threads; i++)
		if (pipe(pipes[i]))
			return 3;
	pthread_barrier_init(&ready, 0, threads);
	pthread_t all[MOST];
	for (long i = 0; i < threads; i++)
		if (pthread_create(&all[i], 0, begin, (void *)i))
			return 4;
	if (argc > 3) {
		int us = 1000000 / atoi(argv[3]);
		struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
		struct itimerval every = { { 0, us }, { 0, us } };
		block(SIGALRM); // the threads have begun without this
		if (sigaction(SIGALRM, &sa, 0) || setitimer(ITIMER_REAL, &every, 0))
			return 5;
	}
	for (int i = 0; i < threads; i++)
		pthread_join(all[i], 0);
	_exit(0);
}
