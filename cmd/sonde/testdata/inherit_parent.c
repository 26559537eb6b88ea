// inherit_parent PROGRAM ARG...: executes PROGRAM with everything that a program
// inherits set to something that is not the default.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void limit(int what, rlim_t soft)
{
	struct rlimit r;
	if (getrlimit(what, &r))
		_exit(90);
	r.rlim_cur = soft;
	if (setrlimit(what, &r))
		_exit(91);
}

int main(int argc, char **argv)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGPIPE, SIGURG, SIGCHLD, SIGUSR2, 40 };
	static const int blocked[] = { SIGQUIT, SIGUSR1, SIGTERM, SIGCHLD, SIGPROF, SIGWINCH, 34, 50 };
	sigset_t set;
	cpu_set_t cpus;

	if (argc < 2)
		return 2;
	for (unsigned i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&set);
	for (unsigned i = 0; i < sizeof blocked / sizeof *blocked; i++)
		sigaddset(&set, blocked[i]);
	sigprocmask(SIG_SETMASK, &set, 0);

	// The runtime of Go raises the soft limit of descriptors at its start.
	limit(RLIMIT_NOFILE, 100);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_STACK, 4 << 20);
	if (dup2(open("/dev/null", O_RDONLY), 7) != 7 || dup2(open("/", O_RDONLY | O_DIRECTORY), 42) != 42)
		return 3;
	if (open("/dev/zero", O_RDONLY | O_CLOEXEC) < 0)
		return 3;
	umask(0137);
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	if (sched_setaffinity(0, sizeof cpus, &cpus) || nice(3) == -1)
		return 4;
	if (personality(ADDR_NO_RANDOMIZE) < 0 || prctl(PR_SET_TIMERSLACK, 123456))
		return 5;
	if (chdir("/usr") || setenv("INHERITED", "a=b c", 1) || setenv("PWD", "/nowhere", 1) ||
	    unsetenv("HOME"))
		return 6;
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);
	if (fd < 0 || write(fd, "321", 3) != 3 || close(fd))
		return 7;
	execv(argv[1], argv + 1);
	return 8;
}
