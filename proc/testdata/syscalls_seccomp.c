// Makes calls that a filter of its own refuses: getppid fails with EPERM, getuid
// raises SIGSYS, and getgid kills the process.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WHEN(nr, action) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, action)

static volatile int caught;

static void handle(int sig) { caught = sig; }

int main(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		WHEN(SYS_getppid, SECCOMP_RET_ERRNO | EPERM),
		WHEN(SYS_getuid, SECCOMP_RET_TRAP),
		WHEN(SYS_getgid, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof code / sizeof code[0], code };
	signal(SIGSYS, handle);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) != 0)
		return 2;
	if (syscall(SYS_getppid) != -1 || errno != EPERM)
		return 3;
	syscall(SYS_getuid);
	if (caught != SIGSYS)
		return 4;
	syscall(SYS_getgid);
	return 5;
}
