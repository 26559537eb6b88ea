// truth_syscalls THREADS ROUNDS [HZ [EVERY]]: each thread makes the same system calls
// ROUNDS times and counts them; the threads are a ring, in which each writes into its
// neighbour's pipe and reads from its own. With HZ, a timer interrupts them that
// often, and the handler makes a system call too. With EVERY, each thread makes a
// child in every such round, which makes calls, counts them, and goes on to do so as
// another program; and all the time another child stops the process and has it go on.
//
// A program that calls itself so has the counts of the one before it: truth_syscalls
// leaf N.
#include "truth.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

// What a handler without SA_SIGINFO returns by (sigreturn(2)).
#ifdef __i386__
#define SIGRETURN "sigreturn"
#else
#define SIGRETURN "rt_sigreturn"
#endif

enum { MOST = 64 };
static int pipes[MOST][2], threads, rounds, every;
static char *self;

// What is shared with the child that stops the process.
static volatile int *done;

// What the handler does is counted apart.
static __thread long rounds_made, interrupted, children;

static void on_alarm(int sig)
{
	int saved = errno;
	interrupted++;
	if (syscall(SYS_getuid) < 0)
		_exit(90);
	errno = saved;
}

static void say(const char *text, int n)
{
	// The write of a report is not among those that are counted: it is writev.
	struct iovec { const char *base; size_t len; } v = { text, n };
	if (syscall(SYS_writev, 1, &v, 1) != n)
		_exit(96);
}

// leaf is the life of a child, or of its next program: made is how many calls it has
// made in the ones before. Of two it is the last.
static void leaf(int made, int execs)
{
	char digits[2][12], text[100];
	char *none[] = { "/none", 0 };
	char *again[] = { self, "leaf", digits[0], digits[1], 0 };
	for (int i = 0; i < 3; i++, made++)
		syscall(SYS_getppid);
	if (execs < 2) {
		snprintf(digits[0], sizeof digits[0], "%d", made);
		snprintf(digits[1], sizeof digits[1], "%d", execs + 2);
		syscall(SYS_execve, none[0], none, 0); // fails
		syscall(SYS_execve, self, again, 0);
		_exit(97);
	}
	say(text, snprintf(text, sizeof text, "count %d getppid@SYS %d\ncount %d execve@SYS %d\n", own_tid(), made, own_tid(), execs));
	syscall(SYS_exit_group, 0);
}

static void make_child(void)
{
	int status = -1, child = syscall(SYS_fork);
	if (child == 0)
		leaf(0, 0);
	children++;
	if (child < 0 || syscall(SYS_wait4, child, &status, 0, 0) != child || status)
		_exit(98);
}

// stop_and_go is the child that stops the process.
static void stop_and_go(int parent)
{
	struct timespec moment = { 0, 300000 }, longer = { 0, 3000000 };
	while (!*done && getppid() == parent) {
		kill(parent, SIGSTOP);
		nanosleep(&moment, 0);
		kill(parent, SIGCONT);
		nanosleep(&longer, 0);
	}
	_exit(0);
}

static void work_round(int self)
{
	struct timespec none = { 0, every ? 1000 : 0 };
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
	if (every && rounds_made % every == 0)
		make_child();
}

static void *work(void *number)
{
	for (int i = 0; i < rounds; i++, rounds_made++)
		work_round((int)(long)number);
	block(SIGALRM);
	int tid = own_tid();
	char text[500];
	int n = snprintf(text, sizeof text,
			 "count %d getppid@SYS %ld\ncount %d write@SYS %ld\ncount %d read@SYS %ld\n"
			 "count %d open@SYS %ld\ncount %d close@SYS %ld\ncount %d nanosleep@SYS %ld\n"
			 "count %d getuid@SYS %ld\ncount %d " SIGRETURN "@SYS %ld\n"
			 "count %d fork@SYS %ld\ncount %d wait4@SYS %ld\n",
			 tid, rounds_made, tid, rounds_made, tid, rounds_made, tid, rounds_made,
			 tid, 2 * rounds_made, tid, rounds_made, tid, interrupted, tid, interrupted, tid, children, tid, children);
	say(text, n);
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
	self = argv[0];
	if (argc > 3 && strcmp(argv[1], "leaf") == 0)
		leaf(atoi(argv[2]), atoi(argv[3]));
	if (argc < 3 || (threads = atoi(argv[1])) > MOST)
		return 2;
	say_first();
	rounds = atoi(argv[2]);
	for (int i = 0; i < threads; i++)
		if (pipe(pipes[i]))
			return 3;
	every = argc > 4 ? atoi(argv[4]) : 0;
	done = mmap(0, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int parent = getpid(), stopper = every ? fork() : -1;
	if (stopper == 0)
		stop_and_go(parent);
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
	*done = 1;
	if (stopper > 0)
		waitpid(stopper, 0, 0);
	_exit(0);
}
