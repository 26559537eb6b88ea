// stress_sigqueue: a thread sends its process signals with values, without pause,
// and the first thread compares what arrives. SIGUSR1 may merge; of the realtime
// signals each must come, in order.
#include "attach_target.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>

enum { VALUE = 42, MOST_QUEUED = 50 };

static pid_t self;
static volatile int stop;
static volatile int sent, received; // realtime signals
static volatile sig_atomic_t usr1, wrong;

static void check(int sig, const siginfo_t *info, int value)
{
	if (info->si_code == SI_QUEUE && info->si_pid == self && info->si_value.sival_int == value)
		return;
	if (!wrong++)
		say("wrong: signal %d code %d pid %d value %d, want code %d pid %d value %d\n", sig,
		    info->si_code, info->si_pid, info->si_value.sival_int, SI_QUEUE, self, value);
}

static void on_usr1(int sig, siginfo_t *info, void *context)
{
	(void)context;
	check(sig, info, VALUE);
	usr1 = 1;
}

static void on_realtime(int sig, siginfo_t *info, void *context)
{
	(void)context;
	check(sig, info, received);
	received++;
}

// send queues signals until it is told to stop; EAGAIN is the limit of those
// that wait (RLIMIT_SIGPENDING), which other processes of the user share.
static void *send(void *unused)
{
	while (!stop) {
		union sigval value = { .sival_int = VALUE };
		if (sigqueue(self, SIGUSR1, value) && errno != EAGAIN)
			_exit(4);
		if (sent - received >= MOST_QUEUED) {
			sched_yield();
			continue;
		}
		value.sival_int = sent;
		if (!sigqueue(self, SIGRTMIN, value))
			sent++;
		else if (errno != EAGAIN)
			_exit(4);
	}
	return unused;
}

int main(void)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_RESTART };
	sigset_t both;
	pthread_t sender;
	self = getpid();
	sa.sa_sigaction = on_usr1;
	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_sigaction = on_realtime;
	sigaction(SIGRTMIN, &sa, NULL);

	// The sender inherits the mask: only the first thread handles.
	sigemptyset(&both);
	sigaddset(&both, SIGUSR1);
	sigaddset(&both, SIGRTMIN);
	pthread_sigmask(SIG_BLOCK, &both, NULL);
	if (pthread_create(&sender, NULL, send, NULL))
		return 2;
	pthread_sigmask(SIG_UNBLOCK, &both, NULL);
	say("ready\n");

	int wrong_calls = 0;
	for (unsigned i = 0; i % 64 || !told_to_end(0); i++)
		wrong_calls += work(i);
	stop = 1;
	pthread_join(sender, NULL); // all that it has sent arrives before a system call returns
	if (wrong || wrong_calls || !usr1 || received == 0 || received != sent) {
		say("wrong: %d signals, %d calls, %d of %d came\n", (int)wrong, wrong_calls, received, sent);
		return 1;
	}
	say("ok\n");
	return 0;
}
