// signals.c: how signals are chosen, held back, sent and waited for.
#include "every.h"
#include "structs.h"

#include <signal.h>
#include <sys/signalfd.h>

// The kernel's struct sigaction (include/linux/signal_types.h), not libc's.
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
} __attribute__((packed));

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif
#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000
#endif

void restore(void);
#ifdef __x86_64__
__asm__(".text\n.globl restore\nrestore:\n	mov $15, %eax\n	syscall\n");
#else
void restore_old(void);
__asm__(".text\n.globl restore\nrestore:\n	mov $173, %eax\n	int $0x80\n"
	".globl restore_old\nrestore_old:\n	pop %eax\n	mov $119, %eax\n	int $0x80\n");
#endif

// On i386, a handler with SA_SIGINFO returns by rt_sigreturn, another by sigreturn
// (arch/x86/kernel/signal_32.c).
static volatile int handled;

static void handler(int sig) { handled = sig; }

#define BIT(sig) (1ull << ((sig) - 1))

static void actions(void)
{
	struct kernel_sigaction act = {handler, SA_RESTORER | SA_RESTART | SA_NODEFER | SA_SIGINFO, restore, BIT(SIGHUP) | BIT(SIGINT)}, old;
	long n;

	n = call(__NR_rt_sigaction, SIGUSR1, &act, &old, 8);
	want("rt_sigaction(SIGUSR1, {sa_handler=%p, sa_mask=[HUP INT], sa_flags=SA_RESTORER|SA_RESTART|SA_NODEFER|SA_SIGINFO, sa_restorer=%p}, "
	     "{sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, 8) = %s", handler, restore, result(n));
	act.handler = SIG_IGN;
	act.mask = ~(BIT(SIGTERM) | BIT(34));
	act.flags = SA_RESTORER | SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NOCLDSTOP | SA_NOCLDWAIT;
	n = call(__NR_rt_sigaction, SIGUSR2, &act, NULL, 8);
	want("rt_sigaction(SIGUSR2, {sa_handler=SIG_IGN, sa_mask=~[TERM RT_2], "
	     "sa_flags=SA_RESTORER|SA_ONSTACK|SA_RESETHAND|SA_SIGINFO|SA_NOCLDSTOP|SA_NOCLDWAIT, sa_restorer=%p}, NULL, 8) = %s", restore, result(n));
	n = call(__NR_rt_sigaction, 64, NULL, &old, 8);
	want("rt_sigaction(SIGRT_32, NULL, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, 8) = %s", result(n));
	n = call(__NR_rt_sigaction, SIGKILL, &act, NULL, 8);
	want("rt_sigaction(SIGKILL, {sa_handler=SIG_IGN, sa_mask=~[TERM RT_2], "
	     "sa_flags=SA_RESTORER|SA_ONSTACK|SA_RESETHAND|SA_SIGINFO|SA_NOCLDSTOP|SA_NOCLDWAIT, sa_restorer=%p}, NULL, 8) = %s", restore, result(n));
}

static void masks(void)
{
	uint64_t set = BIT(SIGUSR1) | BIT(SIGCHLD) | BIT(40), old;
	long n;

	n = call(__NR_rt_sigprocmask, SIG_BLOCK, &set, &old, 8);
	want("rt_sigprocmask(SIG_BLOCK, [USR1 CHLD RT_8], [], 8) = %s", result(n));
	n = call(__NR_tgkill, getpid(), gettid(), SIGUSR1);
	want("tgkill(%d, %d, SIGUSR1) = %s", getpid(), gettid(), result(n));
	n = call(__NR_rt_sigpending, &old, 8);
	want("rt_sigpending([USR1], 8) = %s", result(n));
	set = ~BIT(SIGUSR1);
	n = call(__NR_rt_sigsuspend, &set, 8);
	want("rt_sigsuspend(~[USR1], 8) = ? ERESTARTNOHAND (To be restarted if no handler)");
	want("rt_sigreturn({mask=[USR1 CHLD RT_8]}) = %s", result(n));
	set = 0;
	n = call(__NR_rt_sigprocmask, SIG_SETMASK, &set, &old, 8);
	want("rt_sigprocmask(SIG_SETMASK, [], [USR1 CHLD RT_8], 8) = %s", result(n));
	n = call(__NR_rt_sigprocmask, SIG_UNBLOCK, NULL, &old, 8);
	want("rt_sigprocmask(SIG_UNBLOCK, NULL, [], 8) = %s", result(n));
}

static void queues(void)
{
	siginfo_t info, got;
	uint64_t set = BIT(SIGUSR1) | BIT(35);
	struct timespec soon = {1, 500};
	int self = getpid();
	long n;

	call(__NR_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
	memset(&info, 0, sizeof info);
	info.si_signo = 35;
	info.si_code = SI_QUEUE;
	info.si_pid = self;
	info.si_uid = getuid();
	info.si_int = 77;
	n = call(__NR_rt_sigqueueinfo, self, 35, &info);
	want("rt_sigqueueinfo(%d, SIGRT_3, {si_signo=SIGRT_3, si_code=SI_QUEUE, si_pid=%d, si_uid=%d, si_int=77, si_ptr=0x4d}) = %s",
	     self, self, getuid(), result(n));
	n = call(__NR_rt_sigtimedwait, &set, &got, &soon, 8);
	want("rt_sigtimedwait([USR1 RT_3], {si_signo=SIGRT_3, si_code=SI_QUEUE, si_pid=%d, si_uid=%d, si_int=77, si_ptr=0x4d}, "
	     "{tv_sec=1, tv_nsec=500}, 8) = 35 (SIGRT_3)", got.si_pid, got.si_uid);
	info.si_signo = SIGUSR1;
	info.si_code = -60;
	n = call(__NR_rt_tgsigqueueinfo, self, gettid(), SIGUSR1, &info);
	want("rt_tgsigqueueinfo(%d, %d, SIGUSR1, {si_signo=SIGUSR1, si_code=SI_ASYNCNL, si_pid=%d, si_uid=%d, si_int=77, si_ptr=0x4d}) = %s",
	     self, gettid(), self, getuid(), result(n));
	n = call(__NR_rt_sigtimedwait, &set, NULL, NULL, 8);
	want("rt_sigtimedwait([USR1 RT_3], NULL, NULL, 8) = 10 (SIGUSR1)");
	soon = (struct timespec){0, 1000};
	n = call(__NR_rt_sigtimedwait, &set, &got, &soon, 8);
	want("rt_sigtimedwait([USR1 RT_3], %p, {tv_sec=0, tv_nsec=1000}, 8) = %s", (void *)&got, result(n));
#ifdef __i386__
	struct { int64_t sec, nsec; } later = {2, 700};
	call(__NR_tgkill, self, gettid(), SIGUSR1);
	n = call(__NR_rt_sigtimedwait_time64, &set, &got, &later, 8);
	want("rt_sigtimedwait_time64([USR1 RT_3], {si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=%d, si_uid=%d}, {tv_sec=2, tv_nsec=700}, 8) = 10 (SIGUSR1)",
	     got.si_pid, got.si_uid);
#endif
	call(__NR_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8);
}

static void stacks(void)
{
	static char room[65536];
	stack_t stack = {room, SS_AUTODISARM, sizeof room}, old;
	stack_t none = {NULL, SS_DISABLE, 0};
	long n;

	n = call(__NR_sigaltstack, &stack, &old);
	want("sigaltstack({ss_sp=%p, ss_flags=SS_AUTODISARM, ss_size=%zu}, {ss_sp=NULL, ss_flags=SS_DISABLE, ss_size=0}) = %s", room, sizeof room, result(n));
	n = call(__NR_sigaltstack, &none, &old);
	want("sigaltstack({ss_sp=NULL, ss_flags=SS_DISABLE, ss_size=0}, {ss_sp=%p, ss_flags=SS_AUTODISARM, ss_size=%zu}) = %s", room, sizeof room, result(n));
	n = call(__NR_sigaltstack, NULL, &old);
	want("sigaltstack(NULL, {ss_sp=NULL, ss_flags=SS_DISABLE, ss_size=0}) = %s", result(n));
}

// pausing is interrupted by the first signal of a timer that goes on.
static void pausing(void)
{
	struct kernel_sigaction act = {handler, SA_RESTORER | SA_SIGINFO, restore, 0};
	struct itimerval often = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
	long n;

	call(__NR_rt_sigaction, SIGALRM, &act, NULL, 8);
	call(__NR_setitimer, ITIMER_REAL, &often, NULL);
	n = call(__NR_pause);
	want("pause() = ? ERESTARTNOHAND (To be restarted if no handler)");
	want("rt_sigreturn({mask=[]}) = %s", result(n));
	call(__NR_setitimer, ITIMER_REAL, &never, NULL);
	alarm(60);
}

#ifdef __i386__
// What programs were linked with when there were 32 signals.
static void old_ones(void)
{
	struct { void (*handler)(int); unsigned long mask, flags; void (*restorer)(void); }
		act = {handler, BIT(SIGHUP), SA_RESTORER | SA_RESTART, restore_old}, old;
	unsigned long set = BIT(SIGUSR1), was;
	long n;

	n = call(__NR_sigaction, SIGUSR1, &act, &old);
	want("sigaction(SIGUSR1, {sa_handler=%p, sa_mask=[HUP], sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=%p}, "
	     "{sa_handler=%p, sa_mask=[HUP INT], sa_flags=SA_RESTORER|SA_RESTART|SA_NODEFER|SA_SIGINFO, sa_restorer=%p}) = %s",
	     handler, restore_old, handler, restore, result(n));
	n = call(__NR_sigprocmask, SIG_BLOCK, &set, &was);
	want("sigprocmask(SIG_BLOCK, [USR1], []) = %s", result(n));
	call(__NR_tkill, gettid(), SIGUSR1);
	n = call(__NR_sigpending, &was);
	want("sigpending([USR1]) = %s", result(n));
	n = call(__NR_sigsuspend, 0, 0, BIT(SIGHUP));
	want("sigsuspend([HUP]) = ? ERESTARTNOHAND (To be restarted if no handler)");
	want("sigreturn({mask=[USR1]}) = %s", result(n));
	n = call(__NR_sgetmask);
	want("sgetmask() = [USR1]");
	n = call(__NR_ssetmask, BIT(SIGHUP));
	want("ssetmask([HUP]) = [USR1]");
	n = call(__NR_ssetmask, 0);
	want("ssetmask([]) = [HUP]");
	n = call(__NR_signal, SIGUSR1, SIG_IGN);
	want("signal(SIGUSR1, SIG_IGN) = %p", handler);
	n = call(__NR_signal, SIGUSR1, SIG_DFL);
	want("signal(SIGUSR1, SIG_DFL) = 0x1 (SIG_IGN)");
}
#endif

int main(int argc, char **argv)
{
	begin(argc, argv);
	actions();
	masks();
	queues();
	stacks();
	pausing();
#ifdef __i386__
	old_ones();
#endif
	return done();
}
