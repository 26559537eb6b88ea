// Threads that read from a pipe, interrupted by timers and by each other, while the
// first thread writes, forks and vforks: calls that fill in arguments are cut in two
// in all ways.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { threads = 4 };

static int ends[2];

static void handler(int sig)
{
	char text[8];
	struct timespec now;
	int saved = errno;
	snprintf(text, sizeof text, "%d", sig);
	clock_gettime(CLOCK_MONOTONIC, &now);
	errno = saved;
}

static void *reader(void *unused)
{
	char text[32];
	ssize_t n;
	while ((n = read(ends[0], text, sizeof text)) != 0) {
		int a, b;
		if (n > 0)
			sscanf(text, "%d %d", &a, &b);
	}
	return unused;
}

static int ended(pid_t child)
{
	int status = 0;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1, good = 1;
	struct sigaction action = { .sa_handler = handler };
	struct itimerval timer = { { 0, 3000 }, { 0, 3000 } };
	pthread_t id[threads];
	if (pipe(ends) != 0)
		return 3;
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < threads; i++)
		pthread_create(&id[i], NULL, reader, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	for (int i = 0; i < rounds; i++) {
		char text[32];
		int n = snprintf(text, sizeof text, "%d %d\n", i, 2 * i);
		struct timespec a_while = { 0, 2000000 }, rest;
		struct pollfd in = { ends[0], POLLIN, 0 };
		write(ends[1], text, n + 1);
		nanosleep(&a_while, &rest);
		poll(&in, 1, 3);
		pthread_kill(id[i % threads], SIGUSR1);
		if (i % 10 == 0) {
			pid_t child = fork();
			if (child == 0) {
				struct timeval now;
				gettimeofday(&now, NULL);
				_exit(42);
			}
			good = good && ended(child) == 42;
		}
		if (i % 15 == 0) {
			pid_t child = vfork();
			if (child == 0) {
				execl("/bin/sh", "sh", "-c", "exit 41", (char *)NULL);
				_exit(1);
			}
			good = good && ended(child) == 41;
		}
	}
	timer = (struct itimerval){ 0 };
	setitimer(ITIMER_REAL, &timer, NULL);
	close(ends[1]);
	for (int i = 0; i < threads; i++)
		pthread_join(id[i], NULL);
	puts(good ? "good" : "bad");
	return 0;
}
