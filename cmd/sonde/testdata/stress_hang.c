// stress_hang: says who it is, then hangs in sigsuspend until SIGUSR1 comes.
#include "attach_target.h"
#include <signal.h>

static volatile sig_atomic_t woken;

static void on_usr1(int sig)
{
	woken = sig;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_usr1 };
	sigset_t usr1, none;
	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	// Blocked, it does not come too early, between the test and the call.
	if (sigaction(SIGUSR1, &sa, NULL) || sigprocmask(SIG_BLOCK, &usr1, NULL))
		return 2;
	say("ready %d\n", getpid());
	int result = sigsuspend(&none);
	say(result == -1 && errno == EINTR && woken == SIGUSR1 ? "ok\n" : "wrong\n");
	return 0;
}
