/* A daemon as daemon(7) has it, of the old school: it lets its parent go twice, locks
   its file, tells the system's log, and works until a signal comes. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t hangups;

static void hangup(int sig) {
	(void)sig;
	hangups++;
}

/* A log that listens stands in for the system's, which need not. */
static int log_socket(void) {
	struct sockaddr_un name = {AF_UNIX, "log"};
	int log = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bind(log, (struct sockaddr *)&name, sizeof name);
	return log;
}

static void say(const char *what) {
	struct sockaddr_un name = {AF_UNIX, "log"};
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	connect(s, (struct sockaddr *)&name, sizeof name);
	send(s, what, strlen(what), MSG_NOSIGNAL);
	close(s);
}

static void work(int log, int ready) {
	struct sigaction act = {.sa_handler = hangup, .sa_flags = SA_RESTART};
	struct itimerval soon = {.it_value = {0, 20000}};
	sigset_t mask;
	char line[64];
	umask(027);
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	int file = open("pid", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	lockf(file, F_TLOCK, 0);
	ftruncate(file, 0);
	write(file, line, snprintf(line, sizeof line, "%d\n", getpid()));
	fsync(file);
	say("<30>daemon: up");
	recv(log, line, sizeof line, 0);

	sigaction(SIGHUP, &act, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGALRM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	int signals = signalfd(-1, &mask, SFD_CLOEXEC);
	write(ready, "1", 1);
	close(ready);
	setitimer(ITIMER_REAL, &soon, NULL);
	struct signalfd_siginfo info;
	read(signals, &info, sizeof info);
	say("<30>daemon: down");
	unlink("pid");
	exit(hangups);
}

int main(void) {
	struct rlimit limit;
	int status, ready[2];
	char c;
	int log = log_socket();
	getrlimit(RLIMIT_NOFILE, &limit);
	pipe(ready);
	pid_t first = fork();
	if (first == 0) {
		setsid();
		signal(SIGHUP, SIG_IGN);
		close(ready[0]);
		if (fork() == 0)
			work(log, ready[1]);
		_exit(0);
	}
	close(ready[1]);
	waitpid(first, &status, 0);
	read(ready[0], &c, 1);
	return WEXITSTATUS(status);
}
