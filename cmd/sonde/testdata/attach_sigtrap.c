// attach_sigtrap blocked|ignored|handled: a program with a will of its own about
// SIGTRAP. An int3 met while the signal is blocked or ignored makes the kernel
// unblock it and reset its disposition (force_sig_info_to_task in kernel/signal.c).
#include "attach_target.h"
#include <signal.h>
#include <string.h>

static volatile sig_atomic_t handled;

static void on_trap(int sig)
{
	(void)sig;
	handled++;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	sigset_t trap, now;
	sigemptyset(&trap);
	sigaddset(&trap, SIGTRAP);
	struct sigaction sa = { .sa_handler = strcmp(how, "ignored") ? on_trap : SIG_IGN };
	sigaction(SIGTRAP, &sa, NULL);
	if (!strcmp(how, "blocked"))
		sigprocmask(SIG_BLOCK, &trap, NULL);
	say("ready\n");

	int wrong = 0;
	for (unsigned i = 0; i % 64 || !told_to_end(1); i++)
		wrong += work(i);

	sigprocmask(SIG_BLOCK, NULL, &now);
	if (sigismember(&now, SIGTRAP) != !strcmp(how, "blocked")) {
		say("wrong: SIGTRAP is %sblocked now\n", sigismember(&now, SIGTRAP) ? "" : "not ");
		return 1;
	}
	if (wrong || handled) {
		say("wrong: %d calls, %d traps that were not the program's\n", wrong, (int)handled);
		return 1;
	}
	if (!strcmp(how, "handled")) {
		raise(SIGTRAP);
		if (handled != 1) {
			say("wrong: its own SIGTRAP came %d times\n", (int)handled);
			return 1;
		}
	}
	say("ok\n");
	return 0;
}
