// seccomp_tsync THREADS CALLS: the threads call getppid so often each, while the first one
// installs a filter in all of them by which it fails; they sleep most of the time. Prints how many calls have ended in
// which way: "getppid ok N", "getppid EPERM N".
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long ok, refused;
static long calls;

static void *work(void *arg)
{
	for (long i = 0; i < calls; i++) {
		usleep(2000); // where a filter lets it pass, nothing stops it
		if (syscall(SYS_getppid) >= 0)
			ok++;
		else if (errno == EPERM)
			refused++;
		else
			_exit(3);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof code / sizeof code[0], code };
	pthread_t t[64];
	int n = argc == 3 ? atoi(argv[1]) : 0;
	if (n < 1 || n > 64)
		return 2;
	calls = atol(argv[2]);
	for (int i = 0; i < n; i++)
		if (pthread_create(&t[i], 0, work, 0))
			return 2;
	while (ok < n * calls / 4)
		sched_yield();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	struct sock_fprog none = { 1, code + 3 }; // of this thread alone, and forbids nothing
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &none))
		return 4;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &prog))
		return 4;
	for (int i = 0; i < n; i++)
		pthread_join(t[i], 0);
	printf("getppid ok %ld\ngetppid EPERM %ld\n", ok, refused);
	return 0;
}
