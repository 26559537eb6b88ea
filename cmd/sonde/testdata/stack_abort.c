/* Waits until a signal comes, whose handler aborts. */
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

volatile int sink;

__attribute__((noinline)) void own_checks(int n)
{
	if (n)
		abort();
	sink++;
}

static void own_handler(int sig)
{
	own_checks(sig);
	sink++;
}

__attribute__((noinline)) void own_waits(void)
{
	pause();
	sink++;
}

int main(void)
{
	struct itimerval soon = {.it_value.tv_usec = 10000};
	signal(SIGALRM, own_handler);
	setitimer(ITIMER_REAL, &soon, 0);
	own_waits();
	return 0;
}
