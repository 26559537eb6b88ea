// output_calls CALLS: says who it is; calls atoi so many times at every SIGUSR1, and says
// so; ends with its input.
//
// output_calls CALLS at-once: makes them and ends with status 7. Before that it makes
// the standard error that it shares with its tracer nonblocking if "nonblocking" is the
// second word.
#include "attach_target.h"
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

static void call(int times)
{
	while (times-- > 0)
		atoi("7");
}

static int at_once(int times, const char *how)
{
	if (strcmp(how, "nonblocking") == 0 && fcntl(2, F_SETFL, O_WRONLY | O_NONBLOCK))
		return 1;
	call(times);
	say("output\n");
	return 7;
}

int main(int argc, char **argv)
{
	int times = atoi(argv[1]);
	if (argc > 2)
		return at_once(times, argv[2]);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	struct pollfd in[] = { { 0, POLLIN, 0 }, { signalfd(-1, &set, 0), POLLIN, 0 } };
	say("ready %d\n", getpid());
	for (;;) {
		poll(in, 2, -1);
		struct signalfd_siginfo info;
		if (in[1].revents && read(in[1].fd, &info, sizeof info) == sizeof info) {
			call(times);
			say("called\n");
		}
		if (in[0].revents && told_to_end(0)) {
			say("ok\n");
			return 0;
		}
	}
}
