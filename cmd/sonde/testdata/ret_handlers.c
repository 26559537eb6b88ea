// ret_handlers MODE TIMES: signal handlers that interrupt calls of qsort.
//   return           the handler makes calls and returns
//   jump             it leaves the call by siglongjmp
//   altstack-...     it runs on a stack of its own
//   nested-...       it is interrupted, in a call, by a second one that does so
//   anytime          a timer's signals come at any time and leave by siglongjmp
#include "truth.h"
#include <string.h>

static sigjmp_buf env;
static int jumps, nested;
static volatile sig_atomic_t armed;

static int on_first_comparison(const void *a, const void *b)
{
	CALL(normal, ABS, abs(-3), 3);
	raise(SIGUSR1);
	return *(const int *)a - *(const int *)b;
}

static int raise_second(const void *a, const void *b)
{
	(void)a, (void)b;
	raise(SIGUSR2);
	return 0;
}

static void leave(void)
{
	CALL(handler, TOUPPER, toupper('x'), 'X');
	if (jumps)
		siglongjmp(env, 1);
}

static void on_usr1(int sig)
{
	CALL(handler, ATOI, atoi("12"), 12);
	CALL(handler, LABS, labs(-(long)sig), sig);
	if (nested) {
		int numbers[] = { 1, 2 };
		bsearch(numbers, numbers, 1, sizeof *numbers, raise_second);
	} else {
		leave();
	}
}

static void on_usr2(int sig)
{
	CALL(handler, FFS, ffs(sig & 0), 0);
	leave();
}

static void on_alarm(int sig)
{
	abs(sig);
	if (armed)
		siglongjmp(env, 1);
}

static int compare(const void *a, const void *b)
{
	return abs(*(const int *)a) - abs(*(const int *)b);
}

// anytime returns when the timer has interrupted it n times.
static int anytime(int n)
{
	static int numbers[64];
	static volatile int interrupted;
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, 1000 }, { 0, 1000 } }, never = { { 0, 0 }, { 0, 0 } };
	if (sigaction(SIGALRM, &sa, 0))
		return 3;
	if (sigsetjmp(env, 1))
		interrupted++;
	else if (setitimer(ITIMER_REAL, &every, 0))
		return 3;
	armed = 1;
	while (interrupted < n) {
		for (int i = 0; i < 64; i++)
			numbers[i] = (i * 37) % 64;
		qsort(numbers, 64, sizeof *numbers, compare);
	}
	armed = 0;
	return setitimer(ITIMER_REAL, &never, 0) ? 3 : 0;
}

int main(int argc, char **argv)
{
	static char stack[1 << 16];
	static int i, n;
	if (argc < 3)
		return 2;
	n = atoi(argv[2]);
	if (!strcmp(argv[1], "anytime"))
		return anytime(n);
	counts.normal[ATOI]++;
	jumps = strstr(argv[1], "jump") != 0;
	nested = strstr(argv[1], "nested") != 0;
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	int flags = strstr(argv[1], "altstack") ? SA_ONSTACK : 0;
	struct sigaction usr1 = { .sa_handler = on_usr1, .sa_flags = flags };
	struct sigaction usr2 = { .sa_handler = on_usr2, .sa_flags = flags };
	if (sigaltstack(&alternate, 0) || sigaction(SIGUSR1, &usr1, 0) || sigaction(SIGUSR2, &usr2, 0))
		return 3;
	for (i = 0; i < n; i++) {
		int numbers[] = { 2, 1 };
		if (!sigsetjmp(env, 1))
			qsort(numbers, 2, sizeof *numbers, on_first_comparison);
		CALL(normal, STRTOL, strtol("9", 0, 10), 9);
	}
	report();
	return 0;
}
