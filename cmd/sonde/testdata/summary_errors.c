// System calls that fail, three of them because of a signal.
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static void on_alarm(int sig) { (void)sig; }

int main(void)
{
	struct itimerval soon = { .it_value.tv_usec = 1000 };
	struct sigaction action = { .sa_handler = on_alarm };
	sigset_t alarm, none;
	sigemptyset(&none);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarm, 0);
	sigaction(SIGALRM, &action, 0);
	for (int i = 0; i < 3; i++) {
		setitimer(ITIMER_REAL, &soon, 0);
		sigsuspend(&none);
	}
	for (int i = 0; i < 5; i++)
		close(open("/nonexistent", O_RDONLY));
	return 0;
}
