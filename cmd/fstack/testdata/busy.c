/* Thirty-two threads that compute and sleep in every way that a signal might cut short,
   until standard input ends. Then it tells how often each call was made and how often it
   came back with EINTR, whether all sums were right, and whether any signal was lost. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { COMPUTING = 8, MS = 20 };

static volatile int over;
static volatile sig_atomic_t continued;
static _Atomic int wrong;

static struct timespec soon(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	t.tv_nsec += MS * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static const struct timespec little = {.tv_nsec = MS * 1000000};
static sem_t never;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int quiet[2], fed[2], sockets[2], epoll, timer, queue, semaphores;
static aio_context_t aio;
static pthread_barrier_t begun; /* a thread begins with all signals blocked */

static int does_nanosleep(void) { return nanosleep(&little, 0); }

static int does_clock_nanosleep(void)
{
	struct timespec t = soon(CLOCK_MONOTONIC);
	errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0);
	return errno ? -1 : 0;
}

static int does_poll(void)
{
	struct pollfd p = {.fd = quiet[0], .events = POLLIN};
	return poll(&p, 1, MS);
}

static int does_ppoll(void)
{
	struct pollfd p = {.fd = quiet[0], .events = POLLIN};
	return ppoll(&p, 1, &little, 0);
}

static int does_select(void)
{
	struct timeval t = {.tv_usec = MS * 1000};
	fd_set set;
	FD_ZERO(&set);
	FD_SET(quiet[0], &set);
	return select(quiet[0] + 1, &set, 0, 0, &t);
}

static int does_pselect(void) { return pselect(0, 0, 0, 0, &little, 0); }

static int does_epoll_wait(void)
{
	struct epoll_event e;
	return epoll_wait(epoll, &e, 1, MS);
}

static int does_sem_timedwait(void)
{
	struct timespec t = soon(CLOCK_REALTIME);
	return sem_timedwait(&never, &t);
}

static int does_cond_timedwait(void)
{
	struct timespec t = soon(CLOCK_REALTIME);
	pthread_mutex_lock(&lock);
	errno = pthread_cond_timedwait(&changed, &lock, &t);
	pthread_mutex_unlock(&lock);
	return errno ? -1 : 0;
}

static int does_sigtimedwait(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	return sigtimedwait(&set, 0, &little);
}

static int does_semtimedop(void)
{
	struct sembuf op = {.sem_op = -1};
	return semtimedop(semaphores, &op, 1, &little);
}

static int does_recv_with_timeout(void)
{
	char c;
	return recv(sockets[0], &c, 1, 0);
}

static int does_io_getevents(void)
{
	struct io_event e;
	struct timespec t = little;
	return syscall(SYS_io_getevents, aio, 1, 1, &e, &t);
}

/* Those that wait for what another thread does. */

static int does_read_pipe(void)
{
	char c;
	return read(fed[0], &c, 1);
}

static int does_read_timer(void)
{
	uint64_t n;
	return read(timer, &n, sizeof n);
}

static int does_msgrcv(void)
{
	struct { long type; char text[1]; } m;
	return msgrcv(queue, &m, sizeof m.text, 0, 0);
}

static int does_feeding(void)
{
	struct { long type; char text[1]; } m = {1, "x"};
	nanosleep(&little, 0);
	if (msgsnd(queue, &m, sizeof m.text, 0))
		return -1;
	return write(fed[1], "x", 1);
}

/* Those of a process that is signalled by a timer, which one thread waits for. */

static int does_sigwait(void)
{
	sigset_t set;
	int sig;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	errno = sigwait(&set, &sig);
	return errno ? -1 : 0;
}

static struct sleeper {
	const char *name;
	int (*call)(void);
	long calls, cut;
} sleepers[] = {
	{.name = "nanosleep", .call = does_nanosleep}, {.name = "clock_nanosleep", .call = does_clock_nanosleep},
	{.name = "poll", .call = does_poll}, {.name = "ppoll", .call = does_ppoll},
	{.name = "select", .call = does_select}, {.name = "pselect", .call = does_pselect},
	{.name = "epoll_wait", .call = does_epoll_wait}, {.name = "sem_timedwait", .call = does_sem_timedwait},
	{.name = "pthread_cond_timedwait", .call = does_cond_timedwait}, {.name = "sigtimedwait", .call = does_sigtimedwait},
	{.name = "semtimedop", .call = does_semtimedop}, {.name = "recv(SO_RCVTIMEO)", .call = does_recv_with_timeout},
	{.name = "io_getevents", .call = does_io_getevents}, {.name = "read(pipe)", .call = does_read_pipe},
	{.name = "read(timerfd)", .call = does_read_timer}, {.name = "msgrcv", .call = does_msgrcv},
	{.name = "write(pipe)", .call = does_feeding}, {.name = "sigwait", .call = does_sigwait},
	{.name = "nanosleep", .call = does_nanosleep}, {.name = "poll", .call = does_poll},
	{.name = "pthread_cond_timedwait", .call = does_cond_timedwait}, {.name = "select", .call = does_select},
	{.name = "nanosleep", .call = does_nanosleep},
};

static void *sleeps(void *arg)
{
	struct sleeper *s = arg;
	pthread_barrier_wait(&begun);
	while (!over) {
		errno = 0;
		s->calls++;
		if (s->call() < 0 && errno == EINTR)
			s->cut++;
	}
	return 0;
}

/* The sum is always the same, unless registers or memory are not what they were. */
static uint64_t sum(void)
{
	uint64_t h = 14695981039346656037u;
	double d = 1;
	for (int i = 0; i < 20000; i++) {
		h = (h ^ (uint64_t)i) * 1099511628211u;
		d = d * 1.0000001 + 1e-9;
	}
	return h ^ (uint64_t)(d * 1e15);
}

static uint64_t right;
static long sums[COMPUTING];

static void *computes(void *arg)
{
	pthread_barrier_wait(&begun);
	while (!over) {
		if (sum() != right)
			wrong++;
		++*(long *)arg;
	}
	return 0;
}

static void on_continue(int sig) { continued += sig != 0; }

int main(void)
{
	enum { SLEEPING = sizeof sleepers / sizeof *sleepers };
	struct timeval tenth = {.tv_usec = MS * 1000};
	struct itimerval tick = {tenth, tenth};
	struct itimerspec beat = {little, little};
	struct epoll_event none = {.events = EPOLLIN};
	struct sigaction sa = {.sa_handler = on_continue, .sa_flags = SA_RESTART};
	sigset_t blocked, pending;
	pthread_t id;
	char c;
	long total = 0;

	right = sum();
	sigemptyset(&blocked);
	for (const int *s = (const int[]){SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH, SIGCONT, SIGRTMIN, 0}; *s; s++)
		sigaddset(&blocked, *s);
	sigprocmask(SIG_BLOCK, &blocked, 0);
	sigaction(SIGCONT, &sa, 0);
	sem_init(&never, 0, 0);
	if (pipe(quiet) || pipe(fed) || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		return 1;
	setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &tenth, sizeof tenth);
	epoll = epoll_create1(0);
	epoll_ctl(epoll, EPOLL_CTL_ADD, quiet[0], &none);
	timer = timerfd_create(CLOCK_MONOTONIC, 0);
	timerfd_settime(timer, 0, &beat, 0);
	queue = msgget(IPC_PRIVATE, 0600);
	semaphores = semget(IPC_PRIVATE, 1, 0600);
	syscall(SYS_io_setup, 1, &aio);
	setitimer(ITIMER_REAL, &tick, 0);
	pthread_barrier_init(&begun, 0, COMPUTING + SLEEPING + 1);
	for (int i = 0; i < COMPUTING; i++)
		pthread_create(&id, 0, computes, &sums[i]);
	for (int i = 0; i < SLEEPING; i++)
		pthread_create(&id, 0, sleeps, &sleepers[i]);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCONT); /* no handler cuts short what the others do */
	sigprocmask(SIG_UNBLOCK, &blocked, 0);
	pthread_barrier_wait(&begun);
	pthread_kill(pthread_self(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	for (int i = 0; i < 3; i++)
		sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
	puts("ready");
	fflush(stdout);
	errno = 0;
	while (read(0, &c, 1) < 0)
		if (errno == EINTR)
			printf("call read(stdin) 1 1\n");
	over = 1;
	msgctl(queue, IPC_RMID, 0);
	semctl(semaphores, 0, IPC_RMID);
	for (int i = 0; i < SLEEPING; i++)
		printf("call %s %ld %ld\n", sleepers[i].name, sleepers[i].calls, sleepers[i].cut);
	for (int i = 0; i < COMPUTING; i++)
		total += sums[i];
	sigpending(&pending);
	printf("sums %ld %d\n", total, wrong);
	printf("continued %d\n", (int)continued);
	printf("pending %d %d", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2));
	for (siginfo_t info; sigemptyset(&pending), sigaddset(&pending, SIGRTMIN), sigtimedwait(&pending, &info, &(struct timespec){0}) > 0;)
		printf(" %d", info.si_value.sival_int);
	puts("");
	fflush(stdout);
	_exit(0);
}
