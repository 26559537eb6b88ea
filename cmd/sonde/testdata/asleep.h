// What the programs have in common whose system calls are broken off: a worker makes
// them, and its parent does something to it each time that it sleeps in one. What the
// parent does is said beforehand, in memory that both share, so that the worker makes
// no call but those that are meant.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SLEEPERS = 4, TEXT = 1 << 16 };

static struct shared {
	// What the parent is to do, one letter each time that all sleepers are
	// asleep, and how far it is:
	//	A, U	send SIGALRM, SIGUSR1
	//	S	stop the worker, and when it has stopped let it continue
	//	w	write a byte into the pipe
	//	l	give the lock up
	//	g	let those go on that wait for that without a call
	//	K, T	send SIGKILL, SIGTERM
	const char *volatile script;
	volatile int sleepers[SLEEPERS]; // threads; 0: none
	volatile int go;
	volatile int lock; // a futex with priority inheritance, which the parent holds
	char text[TEXT];   // what the worker has to say at its end
} *shared;

static int bytes[2]; // a pipe

// sleeps tells whether a thread waits in the kernel, and not for a tracer.
static int sleeps(int tid)
{
	char name[64], stat[512];
	snprintf(name, sizeof name, "/proc/%d/stat", tid);
	int fd = open(name, O_RDONLY);
	if (fd < 0)
		return 0;
	int n = read(fd, stat, sizeof stat - 1);
	close(fd);
	stat[n < 0 ? 0 : n] = 0;
	char *end = strrchr(stat, ')');
	return end && end[2] == 'S';
}

static int all_sleep(void)
{
	for (int i = 0; i < SLEEPERS; i++)
		if (shared->sleepers[i] && !sleeps(shared->sleepers[i]))
			return 0;
	return 1;
}

// act does what a letter stands for.
static void act(int letter, int worker)
{
	int status;
	switch (letter) {
	case 'A': kill(worker, SIGALRM); break;
	case 'U': kill(worker, SIGUSR1); break;
	case 'K': kill(worker, SIGKILL); break;
	case 'T': kill(worker, SIGTERM); break;
	case 'g': shared->go = 1; break;
	case 'w':
		if (write(bytes[1], "", 1) != 1)
			_exit(81);
		break;
	case 'l': syscall(SYS_futex, &shared->lock, FUTEX_UNLOCK_PI, 0, 0, 0, 0); break;
	case 'S':
		kill(worker, SIGSTOP);
		if (waitpid(worker, &status, WUNTRACED) != worker || !WIFSTOPPED(status))
			_exit(82);
		kill(worker, SIGCONT);
		break;
	}
}

// tell adds to what the worker has to say.
#define tell(...) snprintf(shared->text + strlen(shared->text), TEXT - strlen(shared->text), __VA_ARGS__)

// disturb_worker runs work in a child, disturbs it as it asks for, prints what it had
// to say, and ends as it has.
static void disturb_worker(int (*work)(void))
{
	int status, worker;
	shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pipe(bytes))
		_exit(83);
	shared->lock = getpid();
	if ((worker = fork()) == 0) {
		shared->sleepers[0] = getpid();
		_exit(work());
	}
	while (waitpid(worker, &status, WNOHANG) == 0) {
		struct timespec moment = { 0, 500000 };
		nanosleep(&moment, 0);
		const char *script = shared->script;
		if (!script || !*script || !all_sleep())
			continue;
		shared->script = script + 1;
		act(*script, worker);
	}
	if (WIFSIGNALED(status) && WCOREDUMP(status))
		tell("core dumped\n");
	if (write(1, shared->text, strlen(shared->text)) < 0)
		_exit(84);
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

// disturb says what is to be done when all sleepers sleep: the worker's first thread,
// unless others are named.
static void disturb(const char *script) { shared->script = script; }
