// Signals, processes, users and limits.
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

static char buf[256];
static int n;

static void handle(int signal) { (void)signal; }

static void dispositions(void)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART | SA_NODEFER}, old;
	n = sigemptyset(&action.sa_mask);
	expect("sigemptyset(%p) = 0", (void *)&action.sa_mask);
	n = sigaddset(&action.sa_mask, SIGUSR2);
	expect("sigaddset([] => [USR2], SIGUSR2) = 0");
	n = sigaction(SIGUSR1, &action, &old);
	expect("sigaction(SIGUSR1, { handle, [USR2], SA_RESTART|SA_NODEFER }, { SIG_DFL, [], 0 }) = 0");
	n = sigaction(SIGUSR1, NULL, &old);
#ifdef __x86_64__ // the kernel wants a restorer there
	expect("sigaction(SIGUSR1, nil, { handle, [USR2], SA_RESTORER|SA_RESTART|SA_NODEFER }) = 0");
#else
	expect("sigaction(SIGUSR1, nil, { handle, [USR2], SA_RESTART|SA_NODEFER }) = 0");
#endif
	n = sigaction(SIGKILL, &action, NULL);
	expect("sigaction(SIGKILL, { handle, [USR2], SA_RESTART|SA_NODEFER }, nil) = -1 %s", expect_error());
	void *before = signal(SIGUSR2, SIG_IGN);
	expect("signal(SIGUSR2, SIG_IGN) = SIG_DFL");
	before = signal(SIGUSR2, handle);
	expect("signal(SIGUSR2, handle) = SIG_IGN");
	before = signal(0, SIG_DFL);
	expect("signal(0, SIG_DFL) = SIG_ERR %s", expect_error());
	sigset_t set, was;
	n = sigfillset(&set);
	expect("sigfillset(%p) = 0", (void *)&set);
	n = sigprocmask(SIG_BLOCK, &action.sa_mask, &was);
	expect("sigprocmask(SIG_BLOCK, [USR2], []) = 0");
	n = sigismember(&action.sa_mask, SIGUSR2);
	expect("sigismember([USR2], SIGUSR2) = 1");
	n = sigprocmask(SIG_SETMASK, &was, NULL);
	expect("sigprocmask(SIG_SETMASK, [], nil) = 0");
	n = sigpending(&set);
	expect("sigpending([]) = 0");
	stack_t stack = {.ss_flags = SS_DISABLE}, old_stack;
	n = sigaltstack(&stack, &old_stack);
	expect("sigaltstack({ nil, SS_DISABLE, 0 }, { nil, SS_DISABLE, 0 }) = 0");
	n = getpid();
	expect("getpid() = %d", n);
	expect("kill(%d, 0) = 0", (kill(n, 0), n));
	(void)before;
}

static void processes(void)
{
	int status;
	n = waitpid(-1, &status, WNOHANG);
	expect("waitpid(-1, %p, WNOHANG) = -1 %s", (void *)&status, expect_error());
	n = getpriority(PRIO_PROCESS, 0);
	expect("getpriority(PRIO_PROCESS, 0) = %d", n);
	n = prctl(PR_SET_NAME, "named");
	expect("prctl(PR_SET_NAME, \"named\") = 0");
	n = prctl(PR_GET_NAME, buf);
	expect("prctl(PR_GET_NAME, \"named\") = 0");
	n = execve("/nowhere/none", (char *[]){"none", "-x", NULL}, (char *[]){"A=1", NULL});
	expect("execve(\"/nowhere/none\", [ \"none\", \"-x\" ], [ \"A=1\" ]) = -1 %s", expect_error());
	n = execl("/nowhere/none", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", NULL, "no more");
	expect("execl(\"/nowhere/none\", \"0\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\", \"9\", \"10\", \"11\", nil) = -1 %s",
	       expect_error());
	n = execlp("/nowhere/none", "none", "-x", NULL);
	expect("execlp(\"/nowhere/none\", \"none\", \"-x\", nil) = -1 %s", expect_error());
}

static void users(void)
{
	struct passwd *user = getpwuid(0), entry;
	expect("getpwuid(0) = { pw_name=\"root\", pw_uid=0, pw_gid=0, pw_dir=\"%s\", pw_shell=\"%s\", ... }", user->pw_dir, user->pw_shell);
	user = getpwnam("nobody at all");
	expect("getpwnam(\"nobody at all\") = nil");
	n = getpwuid_r(0, &entry, buf, sizeof buf, &user);
	expect("getpwuid_r(0, %p, %p, 256, { pw_name=\"root\", pw_uid=0, pw_gid=0, pw_dir=\"%s\", pw_shell=\"%s\", ... }) = 0", (void *)&entry, buf,
	       user->pw_dir, user->pw_shell);
	struct group *group = getgrgid(0);
	expect("getgrgid(0) = { \"root\", \"%s\", 0, [] }", group->gr_passwd);
	n = getuid();
	expect("getuid() = %d", n);
}

static const char *expect_limit(int infinite, unsigned long long value)
{
	return infinite ? "RLIM_INFINITY" : expect_number(value);
}

static void limits(void)
{
	struct rlimit limit;
	struct rusage usage;
	struct utsname name;
	n = getrlimit(RLIMIT_CORE, &limit);
	const char *soft = expect_limit(limit.rlim_cur == RLIM_INFINITY, limit.rlim_cur);
	const char *hard = expect_limit(limit.rlim_max == RLIM_INFINITY, limit.rlim_max);
	expect("getrlimit(RLIMIT_CORE, { %s, %s }) = 0", soft, hard);
	limit.rlim_cur = 0;
	n = setrlimit(RLIMIT_CORE, &limit);
	expect("setrlimit(RLIMIT_CORE, { 0, %s }) = 0", hard);
	n = getrlimit(99, &limit);
	expect("getrlimit(99, %p) = -1 %s", (void *)&limit, expect_error());
	n = getrusage(RUSAGE_SELF, &usage);
	expect("getrusage(RUSAGE_SELF, { ru_utime={ %ld, %ld }, ru_stime={ %ld, %ld }, ru_maxrss=%ld, ... }) = 0",
	       (long)usage.ru_utime.tv_sec, (long)usage.ru_utime.tv_usec, (long)usage.ru_stime.tv_sec, (long)usage.ru_stime.tv_usec,
	       usage.ru_maxrss);
	n = uname(&name);
	expect("uname({ sysname=\"%s\", nodename=\"%s\", ... }) = 0", name.sysname, name.nodename);
}

int main(void)
{
	dispositions();
	processes();
	users();
	limits();
	return 0;
}
