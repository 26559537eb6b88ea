// Counts the steps of a program and its threads, from its exec to its end, by nothing but
// PTRACE_SINGLESTEP: "THREAD STEPS" for each, in the order in which they were made.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static struct { pid_t tid; unsigned long steps; } threads[16];
static int known;

static unsigned long *steps(pid_t tid) {
	for (int i = 0; i < known; i++)
		if (threads[i].tid == tid)
			return &threads[i].steps;
	if (known == 16)
		exit(3);
	threads[known].tid = tid;
	return &threads[known++].steps;
}

int main(int argc, char **argv) {
	pid_t child = fork();
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execv(argv[1], argv + 1);
		_exit(127);
	}
	int status;
	if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
		return 2;
	if (ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL))
		return 2;
	steps(child);
	ptrace(PTRACE_SINGLESTEP, child, 0, 0);
	for (pid_t tid; (tid = waitpid(-1, &status, __WALL)) > 0;) {
		if (!WIFSTOPPED(status))
			continue;
		int sig = WSTOPSIG(status), deliver = sig;
		siginfo_t info = {0};
		int before = known;
		unsigned long *n = steps(tid);
		if (known > before && sig == SIGSTOP)
			deliver = 0; // a new thread's
		else if (status >> 16)
			deliver = 0;
		else if (sig == SIGTRAP && ptrace(PTRACE_GETSIGINFO, tid, 0, &info) == 0) {
			if (info.si_code == TRAP_TRACE || info.si_code == TRAP_BRKPT)
				++*n, deliver = 0;
			else if (info.si_code == SIGTRAP) // at a handler's first instruction
				deliver = 0;
		}
		ptrace(PTRACE_SINGLESTEP, tid, 0, (long)deliver);
	}
	for (int i = 0; i < known; i++)
		printf("%d %lu\n", i, threads[i].steps);
	return 0;
}
