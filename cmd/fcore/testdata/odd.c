/* Processes that are not like others:
 * leader: the first thread has ended
 * vfork: the first thread waits for a vfork's child, and takes no signals; it says
 * "goes on" behind that
 * user, secret: another user's, who may look into it, or not
 * It says "ready" and waits for good.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_t first;

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

static void *outlives(void *arg)
{
	pthread_join(first, NULL);
	ready();
	for (;;)
		pause();
	return arg;
}

static void *other(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	pthread_t t;
	first = pthread_self();
	if (!strcmp(mode, "leader")) {
		pthread_create(&t, NULL, outlives, NULL);
		pthread_exit(NULL);
	}
	if (!strcmp(mode, "vfork")) {
		pthread_create(&t, NULL, other, NULL);
		if (vfork() == 0) {
			static const char text[] = "ready\n";
			write(1, text, sizeof text - 1);
			for (;;)
				pause();
		}
		puts("goes on");
		fflush(stdout);
		for (;;)
			pause();
	}
	if (!strcmp(mode, "user") || !strcmp(mode, "secret")) {
		if (syscall(SYS_setresgid, 65534, 65534, 65534) || syscall(SYS_setresuid, 65534, 65534, 65534))
			return 1;
		prctl(PR_SET_DUMPABLE, !strcmp(mode, "user"));
	}
	ready();
	for (;;)
		pause();
}
