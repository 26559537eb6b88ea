// attach_busy THREADS: threads that call library functions, a timer signal a
// thousand times a second whose handler calls them too, and forks all the while.
#include "attach_target.h"
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

enum { CHILD_ROUNDS = 10, CHILD_STATUS = 17, MAX_THREADS = 256 };

static volatile int stop;
static volatile sig_atomic_t wrong_in_handler;
static pthread_barrier_t started;

struct worker {
	pthread_t thread;
	long long sum;        // of what the library returned
	unsigned long rounds; // how often it was asked
	int wrong;
};

static void on_alarm(int sig)
{
	(void)sig;
	int saved = errno;
	if (atoi("4711") != 4711)
		wrong_in_handler++;
	errno = saved;
}

static void *run(void *arg)
{
	struct worker *w = arg;
	free(malloc(16)); // the thread's arena is mapped before the test counts mappings
	pthread_barrier_wait(&started);
	do { // once at least, however late it gets a processor
		unsigned long i = w->rounds++;
		w->sum += atoi(number[i % 8]);
		w->wrong += toupper('a' + i % 26) != (int)('A' + i % 26);
		char *p = malloc(24);
		w->wrong += p == NULL;
		free(p);
		if (i % 16 == 0)
			usleep(200);
	} while (!stop);
	return NULL;
}

// expected is the sum of what atoi returned in that many rounds, by arithmetic alone.
static long long expected(unsigned long rounds)
{
	long long sum = 0, all = 0;
	for (int k = 0; k < 8; k++) {
		all += value[k];
		if ((unsigned long)k < rounds % 8)
			sum += value[k];
	}
	return sum + all * (long long)(rounds / 8);
}

static int fork_and_check(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		int wrong = 0;
		for (unsigned i = 0; i < CHILD_ROUNDS; i++)
			wrong += work(i);
		_exit(wrong ? 1 : CHILD_STATUS);
	}
	int status;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != CHILD_STATUS;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1;
	static struct worker workers[MAX_THREADS];
	if (n < 1 || n > MAX_THREADS)
		return 2;

	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	sigaction(SIGALRM, &sa, NULL);
	pthread_barrier_init(&started, NULL, n + 1);
	for (int i = 0; i < n; i++)
		if (pthread_create(&workers[i].thread, NULL, run, &workers[i]))
			return 2;
	pthread_barrier_wait(&started);
	struct itimerval ms = { { 0, 1000 }, { 0, 1000 } };
	setitimer(ITIMER_REAL, &ms, NULL);
	say("ready\n");

	int wrong_children = 0;
	unsigned long forks = 0;
	while (!told_to_end(10)) {
		wrong_children += fork_and_check();
		forks++;
	}
	stop = 1;
	int wrong = 0;
	unsigned long rounds = 0;
	for (int i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		wrong += workers[i].wrong + (workers[i].sum != expected(workers[i].rounds));
		rounds += workers[i].rounds;
	}
	if (wrong || wrong_children || wrong_in_handler || rounds == 0 || forks == 0) {
		say("wrong: %d calls or sums, %d of %lu children, %d in the handler\n",
		    wrong, wrong_children, forks, (int)wrong_in_handler);
		return 1;
	}
	say("ok\n");
	return 0;
}
