// calls_cut_off MODE: system calls that never return, since their threads or processes
// end in them, by all that ends them. It prints what is to be seen of each thread last:
// the thread (0 is the first, 0.1 the one that it has made first), its calls' names and
// results, and its end.
#include "asleep.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static char *self;
static const char *mode;

static int own_tid(void) { return (int)syscall(SYS_gettid); }

// The threads: two that sleep, and one that waits without a call to be told to go.
static void *reads(void *arg)
{
	char c;
	shared->sleepers[1] = own_tid();
	syscall(SYS_read, bytes[0], &c, 1);
	return arg;
}

static void *polls(void *arg)
{
	struct pollfd fd = { bytes[0], POLLIN, 0 };
	shared->sleepers[2] = own_tid();
	syscall(SYS_poll, &fd, 1, -1);
	return arg;
}

static void wait_for_go(void)
{
	while (!shared->go)
		;
}

static void *exits(void *arg)
{
	wait_for_go();
	syscall(SYS_exit_group, 5);
	return arg;
}

static void *executes(void *arg)
{
	char *args[] = { self, "leaf", 0 };
	wait_for_go();
	execve(self, args, 0);
	return arg;
}

// forbid has the kernel answer getppid(2) otherwise.
static void forbid(unsigned answer)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { 4, code };
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static void *forbidden(void *arg)
{
	forbid(SECCOMP_RET_KILL_THREAD);
	syscall(SYS_getppid);
	return arg;
}

static void start(void *(*thread)(void *))
{
	pthread_t t;
	if (thread == reads)
		shared->sleepers[1] = -1; // until it says who it is
	if (thread == polls)
		shared->sleepers[2] = -1;
	if (pthread_create(&t, 0, thread, 0))
		_exit(71);
}

// sleep_on sleeps in a call that only a signal ends.
static void sleep_on(const char *script)
{
	disturb(script);
	syscall(SYS_pause);
}

static void fault(void) { *(volatile int *)16 = 1; }

// core says whether a core may be dumped. Whether it is depends on the system, too.
static void core(int may)
{
	struct rlimit limit;
	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = may ? limit.rlim_max : 0;
	if (setrlimit(RLIMIT_CORE, &limit))
		_exit(72);
}

static int work(void)
{
	char *args[] = { self, "leaf", 0 };
	shared->sleepers[0] = own_tid();
#define MODE(name) if (strcmp(mode, name) == 0)
	MODE("exit_group") {
		tell("0.1 pause ?, exited with 5\n0.1.1 read ?, exited with 5\n0.1.2 poll ?, exited with 5\n0.1.3 exit_group ?, exited with 5\n");
		start(reads), start(polls), start(exits);
		sleep_on("g");
	}
	MODE("exec by a thread") {
		tell("0.1 pause ?, superseded by execve in pid THREAD, execve done, ..., exit_group ?, exited with 9\n"
		     "0.1.1 read ?, exited with 0\n0.1.2 poll ?, exited with 0\n");
		start(reads), start(polls), start(executes);
		sleep_on("g");
	}
	MODE("exec by a thread, the first has ended") {
		tell("0.1 exit ?, superseded by execve in pid THREAD, execve done, ..., exit_group ?, exited with 9\n"
		     "0.1.1 read ?, exited with 0\n0.1.2 poll ?, exited with 0\n");
		start(reads), start(polls), start(executes);
		shared->sleepers[0] = 0;
		disturb("g");
		syscall(SYS_exit, 4);
	}
	MODE("exec by the first thread") {
		tell("0.1 execve done, ..., exit_group ?, exited with 9\n0.1.1 read ?, exited with 0\n0.1.2 poll ?, exited with 0\n");
		start(reads), start(polls);
		disturb("g"); // the others sleep
		shared->sleepers[0] = 0;
		wait_for_go();
		execve(self, args, 0);
	}
	MODE("killed") {
		tell("0.1 pause ?, killed by SIGKILL\n0.1.1 read ?, killed by SIGKILL\n0.1.2 poll ?, killed by SIGKILL\n");
		start(reads), start(polls);
		sleep_on("K");
	}
	MODE("terminated") {
		tell("0.1 pause ERESTARTNOHAND, SIGTERM, killed by SIGTERM\n");
		sleep_on("T");
	}
	MODE("kills itself") {
		tell("0.1 kill ?, killed by SIGKILL\n");
		syscall(SYS_kill, shared->sleepers[0], SIGKILL);
	}
	MODE("killed by seccomp") {
		tell("0.1 getppid done, killed by SIGSYS\n"); // with its number (syscall_rollback)
		core(0);
		forbid(SECCOMP_RET_KILL_PROCESS);
		syscall(SYS_getppid);
	}
	MODE("a thread killed by seccomp") {
		pthread_t t;
		tell("0.1 exit_group ?, exited with 3\n0.1.1 getppid ?, killed by SIGSYS\n");
		core(0);
		if (pthread_create(&t, 0, forbidden, 0))
			return 73;
		while (pthread_tryjoin_np(t, 0)) // makes no call before the thread has ended
			;
		_exit(3);
	}
	MODE("killed by strict seccomp") {
		tell("0.1 getppid ?, killed by SIGKILL\n");
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
		syscall(SYS_getppid);
	}
	MODE("trapped by seccomp") {
		tell("0.1 getppid done, SIGSYS, killed by SIGSYS\n");
		core(0);
		forbid(SECCOMP_RET_TRAP | 7);
		syscall(SYS_getppid);
	}
	MODE("answered by seccomp") {
		tell("0.1 getppid ENOTCONN, exit_group ?, exited with 3\n");
		forbid(SECCOMP_RET_ERRNO | ENOTCONN);
		syscall(SYS_getppid);
		_exit(3);
	}
	MODE("no tracer for seccomp") {
		tell("0.1 getppid ENOSYS, exit_group ?, exited with 3\n");
		forbid(SECCOMP_RET_TRACE | 7);
		syscall(SYS_getppid);
		_exit(3);
	}
	MODE("a fault, and no core") {
		tell("0.1 SIGSEGV, killed by SIGSEGV\n0.1.1 read ?, killed by SIGSEGV\n");
		core(0);
		start(reads);
		disturb("g");
		shared->sleepers[0] = 0;
		wait_for_go();
		fault();
	}
	MODE("a core") {
		tell("0.1 SIGSEGV, killed by SIGSEGV\n");
		core(1);
		fault();
	}
	MODE("vfork") {
		tell("0.1 vfork done, wait4 done, exit_group ?, exited with 3\n0.1.1 kill ?, killed by SIGKILL\n");
		sigset_t chld;
		sigemptyset(&chld), sigaddset(&chld, SIGCHLD);
		sigprocmask(SIG_BLOCK, &chld, 0);
		int child = vfork(), status;
		if (child == 0)
			syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
		syscall(SYS_wait4, child, &status, 0, 0);
		_exit(3);
	}
	MODE("real-time") {
		tell("0.1 tgkill done, SIGRT_6, killed by SIGRT_6\n");
		syscall(SYS_tgkill, shared->sleepers[0], shared->sleepers[0], 38);
	}
	return 70;
}

int main(int argc, char **argv)
{
	self = argv[0];
	mode = argc > 1 ? argv[1] : "";
	if (strcmp(mode, "leaf") == 0)
		return 9;
	disturb_worker(work);
}
