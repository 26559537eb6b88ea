// seccomp_own prctl|seccomp|tsync: makes calls before, while and after it gets a filter
// of its own, in the thread that asks for it, an older and a newer one, a child and what
// that executes, and prints how each has ended: "WHO CALL ok" or "WHO CALL ERRNO".
//
// The filter has getppid fail, and stops getuid for a tracer, with data that no tracer
// knows of: it fails too (seccomp(2), SECCOMP_RET_TRACE). In between it asks for filters
// that there are none of.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WHEN(nr, action) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, action)

static void make_call(const char *who, const char *name, long nr)
{
	const char *how = syscall(nr) < 0 ? strerrorname_np(errno) : "ok";
	printf("%s %s %s\n", who, name, how);
	fflush(stdout);
}

static void make_calls(const char *who)
{
	make_call(who, "getppid", SYS_getppid);
	make_call(who, "getuid", SYS_getuid);
	make_call(who, "getgid", SYS_getgid);
	make_call(who, "getsid", SYS_getsid); // not chosen
}

static int install(const char *way)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		WHEN(SYS_getppid, SECCOMP_RET_ERRNO | EPERM),
		WHEN(SYS_getuid, SECCOMP_RET_TRACE | 7),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof code / sizeof code[0], code };
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!strcmp(way, "prctl"))
		return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       strcmp(way, "tsync") ? 0 : SECCOMP_FILTER_FLAG_TSYNC, &prog);
}

static pthread_barrier_t turn;

static void *older(void *arg)
{
	make_calls("older before");
	pthread_barrier_wait(&turn);
	pthread_barrier_wait(&turn); // the filter has come
	make_calls("older after");
	return 0;
}

static void *newer(void *arg)
{
	make_calls("newer");
	return 0;
}

int main(int argc, char **argv)
{
	pthread_t t;
	if (argc < 2)
		return 2;
	if (argc > 2) {
		make_calls(argv[2]);
		return 0;
	}
	make_calls("first");
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 0) == 0 || errno != EFAULT)
		return 3;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, 0) == 0 || errno != EFAULT)
		return 4;
	make_calls("asked");
	pthread_barrier_init(&turn, 0, 2);
	pthread_create(&t, 0, older, 0);
	pthread_barrier_wait(&turn);
	if (install(argv[1]))
		return 5;
	make_calls("filtered");
	pthread_barrier_wait(&turn);
	pthread_join(t, 0);
	pthread_create(&t, 0, newer, 0);
	pthread_join(t, 0);
	pid_t child = fork();
	if (child == 0) {
		make_calls("child");
		execl(argv[0], argv[0], argv[1], "executed", (char *)0);
		_exit(6);
	}
	waitpid(child, 0, 0);
	return 0;
}
