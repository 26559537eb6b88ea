// tracing.c: a program that traces another one, which its own tracer does not follow.
#include "every.h"
#include "structs.h"

#include <linux/ptrace.h>
#include <sched.h>
#include <signal.h>

#define BIT(sig) (1ull << ((sig) - 1))

static volatile long shared_word = 0x1234567;

// A child of clone with CLONE_UNTRACED is not followed, whatever the tracer has asked for.
static pid_t unseen(void)
{
	pid_t pid = call(__NR_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		for (;;)
			call(__NR_pause);
	want("clone(child_stack=NULL, flags=CLONE_UNTRACED|SIGCHLD) = %s", result(pid));
	return pid;
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	pid_t pid = unseen();
	int status;
	long n, word = 0;
	siginfo_t info;
	uint64_t set = BIT(SIGHUP) | BIT(SIGUSR2), got;

	n = call(__NR_ptrace, PTRACE_TRACEME, 0, 0, 0);
	want("ptrace(PTRACE_TRACEME) = %s", result(n)); // it is traced
	n = call(__NR_ptrace, PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	want("ptrace(PTRACE_SEIZE, %d, NULL, PTRACE_O_TRACESYSGOOD|PTRACE_O_EXITKILL) = %s", pid, result(n));
	n = call(__NR_ptrace, PTRACE_INTERRUPT, pid, 0, 0);
	want("ptrace(PTRACE_INTERRUPT, %d) = %s", pid, result(n));
	n = call(__NR_wait4, pid, &status, 0, 0);
	want("wait4(%d, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_STOP<<16], 0, NULL) = %s", pid, result(n));
	n = call(__NR_ptrace, PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXIT);
	want("ptrace(PTRACE_SETOPTIONS, %d, NULL, PTRACE_O_TRACEFORK|PTRACE_O_TRACEEXIT) = %s", pid, result(n));
	n = call(__NR_ptrace, PTRACE_GETEVENTMSG, pid, 0, &word);
	want("ptrace(PTRACE_GETEVENTMSG, %d, NULL, [%ld]) = %s", pid, word, result(n));
	n = call(__NR_ptrace, PTRACE_PEEKDATA, pid, &shared_word, &word);
	want("ptrace(PTRACE_PEEKDATA, %d, %p, [%#lx]) = %s", pid, (void *)&shared_word, word, result(n));
	n = call(__NR_ptrace, PTRACE_POKEDATA, pid, &shared_word, 0x7654321);
	want("ptrace(PTRACE_POKEDATA, %d, %p, 0x7654321) = %s", pid, (void *)&shared_word, result(n));
	n = call(__NR_ptrace, PTRACE_PEEKTEXT, pid, &shared_word, &word);
	want("ptrace(PTRACE_PEEKTEXT, %d, %p, [0x7654321]) = %s", pid, (void *)&shared_word, result(n));
	n = call(__NR_ptrace, PTRACE_GETSIGINFO, pid, 0, &info);
	want("ptrace(PTRACE_GETSIGINFO, %d, NULL, {si_signo=SIGTRAP, si_code=0x8005 /* TRAP_??? */, si_addr=%p}) = %s",
	     pid, info.si_addr, result(n));
	n = call(__NR_ptrace, PTRACE_SETSIGMASK, pid, 8, &set);
	want("ptrace(PTRACE_SETSIGMASK, %d, 8, [HUP USR2]) = %s", pid, result(n));
	n = call(__NR_ptrace, PTRACE_GETSIGMASK, pid, 8, &got);
	want("ptrace(PTRACE_GETSIGMASK, %d, 8, [HUP USR2]) = %s", pid, result(n));
	n = call(__NR_ptrace, PTRACE_CONT, pid, 0, SIGTERM);
	want("ptrace(PTRACE_CONT, %d, NULL, SIGTERM) = %s", pid, result(n));
	n = call(__NR_ptrace, PTRACE_KILL, pid, 0, 0);
	kill(pid, SIGKILL);
	for (n = 0; n != pid;)
		n = waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status) ? call(__NR_ptrace, PTRACE_CONT, pid, 0, 0) : pid;
	n = call(__NR_ptrace, PTRACE_DETACH, pid, 0, SIGCONT);
	want("ptrace(PTRACE_DETACH, %d, NULL, SIGCONT) = %s", pid, result(n)); // it is gone
	return done();
}
