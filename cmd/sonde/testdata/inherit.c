// inherit ARG...: prints what it has inherited.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

// show prints the lines of a file that begin with one of the keys, all if there
// are no keys.
static void show(const char *name, const char *const *keys)
{
	char line[4096];
	FILE *f = fopen(name, "re");
	if (!f) {
		printf("%s: cannot be opened\n", name);
		return;
	}
	while (fgets(line, sizeof line, f)) {
		int wanted = !keys;
		for (int i = 0; keys && keys[i]; i++)
			wanted |= !strncmp(line, keys[i], strlen(keys[i]));
		if (wanted)
			printf("%s: %s", name, line);
	}
	fclose(f);
}

// descriptors prints all but the three that are files of the test.
static void descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	for (struct dirent *e; d && (e = readdir(d));) {
		char link[64], target[256] = "";
		int fd = atoi(e->d_name);
		if (e->d_name[0] == '.' || fd == dirfd(d))
			continue;
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		if (readlink(link, target, sizeof target - 1) < 0)
			strcpy(target, "?");
		printf("descriptor %d flags %#x fdflags %d %s\n", fd, fcntl(fd, F_GETFL), fcntl(fd, F_GETFD),
		       fd > 2 ? target : "");
	}
	closedir(d);
}

int main(int argc, char **argv)
{
	static const char *const status[] = {
		"Umask:", "Uid:", "Gid:", "Groups:", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:",
		"Cap", "NoNewPrivs:", "Seccomp:", "Cpus_allowed:", "Mems_allowed:", "Threads:", "CoreDumping:",
		"THP_enabled:", 0,
	};
	char cwd[4096];
	int signal_of_death = -1;
	struct itimerval timer;

	for (int i = 0; i < argc; i++)
		printf("argument %d %s\n", i, argv[i]);
	for (char **e = environ; *e; e++)
		printf("environment %s\n", *e);
	show("/proc/self/status", status);
	show("/proc/self/limits", 0);
	show("/proc/self/oom_score_adj", 0);
	show("/proc/self/coredump_filter", 0);
	show("/proc/self/timerslack_ns", 0);
	show("/proc/self/cgroup", 0);
	show("/proc/self/comm", 0);
	descriptors();
	printf("directory %s\n", getcwd(cwd, sizeof cwd));
	printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
	printf("personality %#x\n", (unsigned)personality(0xffffffff));
	printf("group is session %d\n", getpgrp() == getsid(0));
	printf("terminal %d\n", open("/dev/tty", O_RDWR) >= 0);
	prctl(PR_GET_PDEATHSIG, &signal_of_death);
	printf("signal of the parent's death %d\n", signal_of_death);
	printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
	printf("keeps capabilities %d\n", prctl(PR_GET_KEEPCAPS));
	printf("secure %lu\n", getauxval(AT_SECURE));
	printf("started as %s\n", (char *)getauxval(AT_EXECFN));
	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++)
		printf("timer %d %d\n", which, getitimer(which, &timer) ? -1 : timer.it_value.tv_sec != 0);
	return 0;
}
