/* Dies in the way that is asked for, two functions deep. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int zero, hundred = 100;
static volatile char sink;

__attribute__((noinline)) static int overflow(int n)
{
	volatile char room[4096];

	room[n % 4096] = 1;
	return overflow(n + 1) + room[0];
}

__attribute__((noinline)) static void die(const char *how)
{
	if (!strcmp(how, "abort"))
		abort();
	if (!strcmp(how, "segv"))
		sink = *(volatile char *)0x10;
	if (!strcmp(how, "fpe"))
		sink = hundred / zero;
	if (!strcmp(how, "ill"))
		__builtin_trap();
	if (!strcmp(how, "bus")) {
		FILE *f = tmpfile();
		sink = *(volatile char *)mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(f), 0);
	}
	if (!strcmp(how, "overflow"))
		sink = overflow(0);
	if (!strcmp(how, "readonly"))
		*(volatile char *)"text" = 1;
	if (!strcmp(how, "data"))
		((void (*)(void))&hundred)();
	if (!strcmp(how, "behind")) {
		char *p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(p + 4096, 4096);
		sink = p[4096 + 16];
	}
	if (!strcmp(how, "wild"))
		sink = *(volatile char *)(unsigned long)0xdead0000dead0000;
	if (!strcmp(how, "return")) /* to what is on the stack */
		__asm__ volatile("push %0\n\tret" : : "r"((unsigned long)0xdead0000dead0000));
	if (!strcmp(how, "term"))
		kill(getpid(), SIGTERM);
	if (!strcmp(how, "kill"))
		kill(getpid(), SIGKILL);
	if (!strcmp(how, "null"))
		((void (*)(void))(long)zero)();
	for (;;)
		pause();
}

static void rethrow(int sig)
{
	signal(sig, SIG_DFL);
	raise(sig);
}

static void *thread(void *how)
{
	die(how);
	return NULL;
}

static pid_t leader;

static void *orphan(void *how)
{
	char path[64], state = 0;

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", leader);
	while (state != 'Z') {
		FILE *f = fopen(path, "r");
		fscanf(f, "%*d %*s %c", &state);
		fclose(f);
	}
	return thread(how);
}

int main(int argc, char **argv)
{
	const char *how = argv[1];

	if (argc > 2 && !strcmp(argv[2], "thread")) {
		pthread_t t;
		pthread_create(&t, NULL, thread, argv[1]);
		pthread_join(t, NULL);
	} else if (argc > 2 && !strcmp(argv[2], "alone")) {
		/* Its leader has ended, when the thread dies. */
		pthread_t t;
		leader = getpid();
		pthread_create(&t, NULL, orphan, argv[1]);
		pthread_exit(NULL);
	} else if (argc > 2 && !strcmp(argv[2], "grandchild")) {
		if (fork() == 0) {
			if (fork() == 0)
				die(how);
			wait(NULL);
			_exit(0);
		}
		wait(NULL);
		return 7;
	} else if (argc > 2 && !strcmp(argv[2], "handled")) {
		signal(SIGSEGV, rethrow);
	} else if (!strcmp(how, "nothing")) {
		signal(SIGUSR1, SIG_IGN);
		raise(SIGUSR1);
		return 3;
	}
	die(how);
}
