// calls_interrupted 0|1: makes system calls that signals break into, with handlers that
// have SA_RESTART or not. It prints what of each call is to be seen: the calls' names
// and results, as signal(7) has them, and the signals.
#include "asleep.h"
#include <poll.h>
#include <setjmp.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#ifdef __i386__
#define SIGRETURN "sigreturn"
#else
#define SIGRETURN "rt_sigreturn"
#endif
#define KERNEL_SIGSET 8

static int restart;
static volatile int nested;
static volatile int leaves;
static sigjmp_buf place;

static void on_signal(int sig)
{
	if (nested > 0) {
		nested--;
		syscall(SYS_kill, shared->sleepers[0], SIGUSR1);
	}
	if (leaves) {
		leaves = 0;
		siglongjmp(place, 1);
	}
}

static void handle(int flags)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = flags };
	sigaction(SIGALRM, &sa, 0);
	sigaction(SIGUSR1, &sa, 0);
}

// Each of these makes a call, in which a signal comes. broken says what the kernel makes
// of the call then. ALWAYS is one that fails with EINTR whatever the handler's flags are,
// MAYBE one that is made again where they have SA_RESTART; then it is let end by what is
// named, with result.
#define ALWAYS(name, broken, call)                                                         \
	do {                                                                               \
		disturb("A");                                                              \
		long result = call;                                                        \
		tell(name " " broken "\nSIGALRM\n" SIGRETURN " EINTR\n");                  \
		if (result != -1 || errno != EINTR)                                        \
			tell("%s is %ld, errno %d\n", name, result, errno);                \
	} while (0)

#define MAYBE(name, broken, end, call)                                                     \
	do {                                                                               \
		if (!restart) {                                                            \
			ALWAYS(name, broken, call);                                        \
			break;                                                             \
		}                                                                          \
		disturb("A" end);                                                          \
		if (call < 0)                                                              \
			tell("%s fails with %d\n", name, errno);                           \
		tell(name " " broken "\nSIGALRM\n" SIGRETURN " done\n" name " done\n");    \
	} while (0)

// The job is stopped in these, and continued: they go on, by being made again, or by
// restart_syscall(2), until SIGALRM comes.
#define STOPPED(name, broken, again)                                                       \
	tell(name " " broken "\nSIGSTOP\nstopped by SIGSTOP\nSIGCONT\n" again " " broken "\n")

static void stopped(void)
{
	struct timespec hour = { 3600, 0 };
	struct pollfd fd = { bytes[0], POLLIN, 0 };
	int word = 0;
	char c;

	disturb("SA"), syscall(SYS_nanosleep, &hour, 0);
	STOPPED("nanosleep", "ERESTART_RESTARTBLOCK", "restart_syscall"), tell("SIGALRM\n" SIGRETURN " EINTR\n");
	disturb("SSA"), syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &hour, 0);
	STOPPED("clock_nanosleep", "ERESTART_RESTARTBLOCK", "restart_syscall");
	tell("SIGSTOP\nstopped by SIGSTOP\nSIGCONT\nrestart_syscall ERESTART_RESTARTBLOCK\nSIGALRM\n" SIGRETURN " EINTR\n");
	disturb("SA"), syscall(SYS_poll, &fd, 1, 3600000);
	STOPPED("poll", "ERESTART_RESTARTBLOCK", "restart_syscall"), tell("SIGALRM\n" SIGRETURN " EINTR\n");
	disturb("SA"), syscall(SYS_futex, &word, FUTEX_WAIT, 0, &hour, 0, 0);
	STOPPED("futex", "ERESTART_RESTARTBLOCK", "restart_syscall"), tell("SIGALRM\n" SIGRETURN " EINTR\n");
	disturb("SA"), syscall(SYS_pause);
	STOPPED("pause", "ERESTARTNOHAND", "pause"), tell("SIGALRM\n" SIGRETURN " EINTR\n");
	disturb("Sw"), syscall(SYS_read, bytes[0], &c, 1);
	tell("read ERESTARTSYS\nSIGSTOP\nstopped by SIGSTOP\nSIGCONT\nread done\n");
	// A signal that is ignored breaks calls off as well, for a tracer is to see it.
	signal(SIGUSR1, SIG_IGN);
	tell("rt_sigaction done\n");
	disturb("UwA"), syscall(SYS_poll, &fd, 1, 3600000);
	tell("poll ERESTART_RESTARTBLOCK\nSIGUSR1\nrestart_syscall done\n");
	shared->script = 0;
	syscall(SYS_read, bytes[0], &c, 1);
	tell("read done\n");
}

static void handlers(void)
{
	nested = 2;
	handle(SA_NODEFER | (restart ? SA_RESTART : 0));
	disturb("A"), syscall(SYS_pause);
	tell("rt_sigaction done\nrt_sigaction done\npause ERESTARTNOHAND\nSIGALRM\nkill done\nSIGUSR1\nkill done\n"
	     "SIGUSR1\n" SIGRETURN " done\n" SIGRETURN " done\n" SIGRETURN " EINTR\n");
	handle(restart ? SA_RESTART : 0);
	nested = 2; // SIGUSR1 stays blocked in its own handler
	disturb("A"), syscall(SYS_pause);
	tell("rt_sigaction done\nrt_sigaction done\npause ERESTARTNOHAND\nSIGALRM\nkill done\nSIGUSR1\nkill done\n"
	     SIGRETURN " done\nSIGUSR1\n" SIGRETURN " done\n" SIGRETURN " EINTR\n");
	if (!sigsetjmp(place, 1)) {
		leaves = 1;
		disturb("A"), syscall(SYS_pause);
	}
	tell("rt_sigprocmask done\npause ERESTARTNOHAND\nSIGALRM\nrt_sigprocmask done\n");
}

static int work(void)
{
	struct timespec hour = { 3600, 0 }, never = { 1L << 30, 0 }, rest;
	struct pollfd fd = { bytes[0], POLLIN, 0 };
	struct epoll_event ready;
	fd_set set;
	int word = 0;
	char c;
	unsigned long none[2] = { 0, 0 };

	int epoll = syscall(SYS_epoll_create1, 0);
	struct timeval minute = { 60, 0 };
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof minute))
		return 3;
	handle(restart ? SA_RESTART : 0);
	syscall(SYS_getuid); // here it begins

	MAYBE("read", "ERESTARTSYS", "w", syscall(SYS_read, bytes[0], &c, 1));
	ALWAYS("nanosleep", "ERESTART_RESTARTBLOCK", syscall(SYS_nanosleep, &hour, &rest));
	ALWAYS("clock_nanosleep", "ERESTART_RESTARTBLOCK", syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &hour, &rest));
	ALWAYS("clock_nanosleep", "ERESTARTNOHAND", syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &never, 0));
	ALWAYS("pause", "ERESTARTNOHAND", syscall(SYS_pause));
	ALWAYS("poll", "ERESTART_RESTARTBLOCK", syscall(SYS_poll, &fd, 1, 3600000));
	ALWAYS("ppoll", "ERESTARTNOHAND", syscall(SYS_ppoll, &fd, 1, &hour, none, KERNEL_SIGSET));
	FD_ZERO(&set);
	FD_SET(bytes[0], &set);
	ALWAYS("pselect6", "ERESTARTNOHAND", syscall(SYS_pselect6, bytes[0] + 1, &set, 0, 0, &hour, 0));
	ALWAYS("rt_sigsuspend", "ERESTARTNOHAND", syscall(SYS_rt_sigsuspend, none, KERNEL_SIGSET));
	ALWAYS("epoll_wait", "EINTR", syscall(SYS_epoll_wait, epoll, &ready, 1, 3600000));
	unsigned long usr2[2] = { 1UL << (SIGUSR2 - 1), 0 };
	ALWAYS("recvfrom", "EINTR", syscall(SYS_recvfrom, pair[0], &c, 1, 0, 0, 0)); // it has a time limit
	ALWAYS("rt_sigtimedwait", "EINTR", syscall(SYS_rt_sigtimedwait, usr2, 0, &hour, KERNEL_SIGSET));
	ALWAYS("futex", "ERESTART_RESTARTBLOCK", syscall(SYS_futex, &word, FUTEX_WAIT, 0, &hour, 0, 0));
	disturb("Al"); // is made again in any case
	if (syscall(SYS_futex, &shared->lock, FUTEX_LOCK_PI, 0, 0, 0, 0))
		tell("FUTEX_LOCK_PI fails with %d\n", errno);
	tell("futex ERESTARTNOINTR\nSIGALRM\n" SIGRETURN " done\nfutex done\n");
	stopped();
	handlers();
	_exit(0);
}

int main(int argc, char **argv)
{
	restart = argc > 1 && atoi(argv[1]);
	disturb_worker(work);
}
