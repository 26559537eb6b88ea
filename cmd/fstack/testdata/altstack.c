/* A signal handler that stays, on a stack of its own, above frames of known names. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void handler(int sig)
{
	(void)sig;
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

__attribute__((noinline)) static int inner(int n)
{
	raise(SIGUSR1);
	return n + 1;
}

__attribute__((noinline)) static int outer(int n)
{
	return inner(n) + 1;
}

int main(void)
{
	stack_t st = {.ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ};
	struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_ONSTACK};

	sigaltstack(&st, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	return outer(1);
}
