// stress_nested SIGNALS: three timers, together 3,000 signals a second, whose
// handlers interrupt calls, one another, and one another's calls, until there have
// been SIGNALS. Each function is called at one level alone: so no counter is
// interrupted by another change of it.
#include "truth.h"
#include <time.h>

enum { TIMERS = 3 };

static timer_t timers[TIMERS];
static volatile int due;

// came counts a signal. When there have been enough it silences the timers, here
// and not in main: where handling takes longer than the period, main stands still.
static void came(void)
{
	static const struct itimerspec never;
	if (__atomic_sub_fetch(&due, 1, __ATOMIC_RELAXED) != 0)
		return;
	for (int i = 0; i < TIMERS; i++)
		timer_settime(timers[i], 0, &never, 0);
}

static void on_usr1(int sig)
{
	CALL(handler, TOUPPER, toupper('a'), 'A');
	CALL(handler, TOUPPER, toupper('b'), 'B');
	(void)sig;
	came();
}

static void on_usr2(int sig)
{
	CALL(handler, LABS, labs(-(long)sig), sig);
	CALL(handler, LABS, labs(-7L), 7);
	came();
}

static void on_alarm(int sig)
{
	CALL(handler, FFS, ffs(sig & 0), 0);
	CALL(handler, FFS, ffs(4), 3);
	came();
}

int main(int argc, char **argv)
{
	static const struct {
		int sig;
		void (*handle)(int);
		long period; // ns
	} source[TIMERS] = {
		{ SIGUSR1, on_usr1, 900000 }, { SIGUSR2, on_usr2, 1000000 }, { SIGALRM, on_alarm, 1100000 },
	};
	if (argc < 2)
		return 2;
	due = atoi(argv[1]);
	counts.normal[ATOI]++;
	for (int i = 0; i < TIMERS; i++) {
		struct sigaction sa = { .sa_handler = source[i].handle, .sa_flags = SA_RESTART };
		struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = source[i].sig };
		if (sigaction(source[i].sig, &sa, 0) || timer_create(CLOCK_MONOTONIC, &ev, &timers[i]))
			return 3;
	}
	for (int i = 0; i < TIMERS; i++) {
		struct itimerspec every = { { 0, source[i].period }, { 0, source[i].period } };
		if (timer_settime(timers[i], 0, &every, 0))
			return 3;
	}
	while (due > 0) {
		CALL(normal, ABS, abs(-3), 3);
		CALL(normal, STRTOL, strtol("9", 0, 10), 9);
	}
	for (int i = 0; i < TIMERS; i++)
		block(source[i].sig);
	report();
	return 0;
}
