// Children that end, stop and go on, and programs that cannot be executed: sys/wait.h,
// spawn.h, signal.h.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <signal.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

static long n;
static void handler(int signal) { }

static void signals(void)
{
	sigset_t set, old;
	n = sigemptyset(&set);
	expect("sigemptyset(%p) = 0", &set);
	n = sigaddset(&set, SIGCHLD) + sigaddset(&set, SIGUSR1);
	expect("sigaddset([] => [CHLD], SIGCHLD) = 0");
	expect("sigaddset([CHLD] => [USR1 CHLD], SIGUSR1) = 0");
	n = sigprocmask(SIG_BLOCK, &set, &old);
	expect("sigprocmask(SIG_BLOCK, [USR1 CHLD], []) = 0");
	n = sigprocmask(99, &set, &old);
	expect("sigprocmask(99, [USR1 CHLD], %p) = -1 %s", &old, expect_error());
	n = raise(SIGUSR1);
	expect("raise(SIGUSR1) = 0");
	n = sigpending(&old);
	expect("sigpending([USR1]) = 0");
	siginfo_t info;
	n = sigwaitinfo(&set, &info);
	expect("sigwaitinfo([USR1 CHLD], { SIGUSR1, SI_USER, { %d, %d, 0 } }) = SIGUSR1", info.si_pid, info.si_uid);
	struct timespec none = {0, 0};
	n = sigtimedwait(&set, &info, &none);
	expect("sigtimedwait([USR1 CHLD], %p, { 0, 0 }) = -1 %s", &info, expect_error());
	n = sigismember(&set, SIGINT);
	expect("sigismember([USR1 CHLD], SIGINT) = 0");

	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_NODEFER}, was;
	n = sigaction(SIGUSR2, &action, &was);
	expect("sigaction(SIGUSR2, { handler, [], SA_RESTART|SA_NODEFER }, { SIG_DFL, [], 0 }) = 0");
	n = sigaction(SIGKILL, &action, NULL);
	expect("sigaction(SIGKILL, { handler, [], SA_RESTART|SA_NODEFER }, nil) = -1 %s", expect_error());
	signal(SIGPIPE, SIG_IGN);
	expect("signal(SIGPIPE, SIG_IGN) = SIG_DFL");
	signal(SIGPIPE, handler);
	expect("signal(SIGPIPE, handler) = SIG_IGN");
	signal(SIGPIPE, SIG_DFL);
	expect("signal(SIGPIPE, SIG_DFL) = handler");
	signal(99, SIG_DFL);
	expect("signal(99, SIG_DFL) = SIG_ERR %s", expect_error());
	n = kill(info.si_pid, 0);
	expect("kill(%d, 0) = 0", info.si_pid);
	n = signalfd(-1, &set, SFD_CLOEXEC);
	expect("signalfd(-1, [USR1 CHLD], SFD_CLOEXEC) = 3");
}

// child tells of a fork, and returns 0 in the child.
static pid_t child(void)
{
	pid_t pid = fork();
	if (pid > 0)
		expect("fork() = %d", pid);
	return pid;
}

static void children(void)
{
	int status;
	pid_t pid = child();
	if (pid == 0)
		_exit(7);
	n = wait(&status);
	expect("wait({ WIFEXITED, 7 }) = %d", pid);
	n = wait(&status);
	expect("wait(%p) = -1 %s", &status, expect_error());

	if ((pid = child()) == 0)
		for (;;)
			pause();
	n = waitpid(pid, &status, WNOHANG);
	expect("waitpid(%d, %p, WNOHANG) = 0", pid, &status);
	n = kill(pid, SIGSTOP);
	expect("kill(%d, SIGSTOP) = 0", pid);
	n = waitpid(-1, &status, WUNTRACED);
	expect("waitpid(-1, { WIFSTOPPED, SIGSTOP }, WUNTRACED) = %d", pid);
	n = kill(pid, SIGCONT);
	expect("kill(%d, SIGCONT) = 0", pid);
	n = waitpid(pid, &status, WCONTINUED);
	expect("waitpid(%d, WIFCONTINUED, WCONTINUED) = %d", pid, pid);
	n = kill(pid, SIGKILL);
	expect("kill(%d, SIGKILL) = 0", pid);
	siginfo_t info;
	n = waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
	expect("waitid(P_PID, %d, { SIGCHLD, CLD_KILLED, { %d, %d, SIGKILL } }, WEXITED|WNOWAIT) = 0", pid, pid,
	       info.si_uid);
	n = waitpid(pid, &status, 0);
	expect("waitpid(%d, SIGKILL, 0) = %d", pid, pid);

	char *argv[] = {"sh", "-c", "exit 3", NULL}, *envp[] = {"A=b", NULL};
	n = posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, envp);
	expect("posix_spawn(%d, \"/bin/sh\", nil, nil, [ \"sh\", \"-c\", \"exit 3\" ], [ \"A=b\" ]) = 0", pid);
	n = waitpid(pid, &status, 0);
	expect("waitpid(%d, { WIFEXITED, 3 }, 0) = %d", pid, pid);
	n = posix_spawnp(&pid, "no-such-program", NULL, NULL, argv, envp);
	expect("posix_spawnp(%p, \"no-such-program\", nil, nil, [ \"sh\", \"-c\", \"exit 3\" ], [ \"A=b\" ]) = ENOENT (No such file or directory)", &pid);
	n = system("exit 3");
	expect("system(\"exit 3\") = { WIFEXITED, 3 }");
	n = system("kill -TERM $$");
	expect("system(\"kill -TERM $$\") = SIGTERM");
	n = system(NULL);
	expect("system(nil) = 1");
	FILE *pipe = popen("exit 2", "r");
	expect("popen(\"exit 2\", \"r\") = %p", (void *)pipe);
	n = pclose(pipe);
	expect("pclose(%p) = { WIFEXITED, 2 }", (void *)pipe);
	n = execl("/no/such", "such", "-a", (char *)NULL);
	expect("execl(\"/no/such\", \"such\", \"-a\", nil) = -1 %s", expect_error());
	n = execve("/no/such", argv, envp);
	expect("execve(\"/no/such\", [ \"sh\", \"-c\", \"exit 3\" ], [ \"A=b\" ]) = -1 %s", expect_error());
}

int main(void)
{
	signals();
	children();
	return 0;
}
