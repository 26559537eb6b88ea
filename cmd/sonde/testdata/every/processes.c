// processes.c: how processes begin, become other programs, end, and are waited for.
#include "every.h"
#include "structs.h"

#include <asm/ldt.h>
#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>


#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | \
		      CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

static const char *program;

// spawn makes a call that returns twice, and has the child end with 9 at once: with
// CLONE_VM it may stand on its parent's stack.
static long spawn(long nr, long a, long b, long c, long d, long e)
{
	long r;
#ifdef __x86_64__
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	__asm__ volatile("syscall\n	test %%eax, %%eax\n	jnz 1f\n"
			 "	mov $60, %%eax\n	mov $9, %%edi\n	syscall\n1:"
			 : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
#else
	__asm__ volatile("push %%ebx\n	mov %2, %%ebx\n	int $0x80\n	test %%eax, %%eax\n	jnz 1f\n"
			 "	mov $1, %%eax\n	mov $9, %%ebx\n	int $0x80\n1:	pop %%ebx"
			 : "=a"(r) : "a"(nr), "m"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
#endif
	return r;
}


// ended waits for a child that ends with a status.
static void ended(pid_t pid, int with)
{
	int status = -1;
	struct rusage used;
	long n = call(__NR_wait4, pid, &status, __WALL, &used);

	want("wait4(%d, [{WIFEXITED(s) && WEXITSTATUS(s) == %d}], __WALL, %s) = %s", pid, with, resources(&used), result(n));
}

static void start(void)
{
	static int parent_tid, child_tid, pidfd;
	static char stack[4096] __attribute__((aligned(16)));
	pid_t pid;

	int gate[2]; // children wait till the call that made them has returned here, too
	char c;
	if (pipe(gate))
		exit(81);
	pid = call(__NR_fork);
	if (pid == 0) {
		close(gate[1]);
		if (read(gate[0], &c, 1) == 0)
			call(__NR_exit, 3);
	}
	want("fork() = %s", result(pid));
	close(gate[1]);
	want("exit(3) = ?");
	ended(pid, 3);
	close(gate[0]);

	pid = fork();
	if (pid == 0)
		call(__NR_exit_group, 4);
	want("exit_group(4) = ?");
	ended(pid, 4);

	pid = spawn(__NR_vfork, 0, 0, 0, 0, 0);
	want("exit(9) = ?");
	want("vfork() = %s", result(pid));
	ended(pid, 9);

	// The fourth and fifth argument of clone change places between the machines.
#ifdef __x86_64__
	pid = spawn(__NR_clone, CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0, (long)&parent_tid, (long)&child_tid, 0);
#else
	pid = spawn(__NR_clone, CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0, (long)&parent_tid, 0, (long)&child_tid);
#endif
	want("clone(child_stack=NULL, flags=CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID|SIGCHLD, parent_tid=[%d], child_tidptr=%p) = %s",
	     pid, (void *)&child_tid, result(pid));
	ended(pid, 9);

	pid = spawn(__NR_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_VFORK, (long)(stack + sizeof stack), 0, 0, 0);
	want("clone(child_stack=%p, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_VFORK) = %s", stack + sizeof stack, result(pid));
	ended(pid, 9);

	// A thread, which ends at once: nobody waits for it but by its child_tidptr.
	child_tid = -1;
#ifdef __x86_64__
	unsigned long tls;
	call(__NR_arch_prctl, ARCH_GET_FS, &tls);
	char *tls_text = words("%#lx", tls);
	pid = spawn(__NR_clone, THREAD_FLAGS, (long)(stack + sizeof stack), (long)&parent_tid, (long)&child_tid, tls);
#else
	struct user_desc segment = {.entry_number = 0};
	unsigned gs;
	__asm__("mov %%gs, %0" : "=r"(gs));
	segment.entry_number = gs >> 3;
	call(__NR_get_thread_area, &segment);
	char *tls_text = words("{entry_number=%d, base_addr=%#x, limit=%#x, seg_32bit=%u, contents=%u, read_exec_only=%u, limit_in_pages=%u, "
		"seg_not_present=%u, useable=%u}", segment.entry_number, segment.base_addr, segment.limit, segment.seg_32bit, segment.contents,
		segment.read_exec_only, segment.limit_in_pages, segment.seg_not_present, segment.useable);
	pid = spawn(__NR_clone, THREAD_FLAGS, (long)(stack + sizeof stack), (long)&parent_tid, (long)&segment, (long)&child_tid);
#endif
	want("clone(child_stack=%p, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID, "
	     "parent_tid=[%d], tls=%s, child_tidptr=%p) = %s", stack + sizeof stack, pid, tls_text, (void *)&child_tid, result(pid));
	while (__atomic_load_n(&child_tid, __ATOMIC_ACQUIRE) == -1)
		call(__NR_futex, &child_tid, FUTEX_WAIT, -1, NULL);

	struct clone_args args = {.flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .pidfd = (uintptr_t)&pidfd,
		.parent_tid = (uintptr_t)&parent_tid, .exit_signal = SIGCHLD};
	pid = spawn(__NR_clone3, (long)&args, sizeof args, 0, 0, 0);
	want("clone3({flags=CLONE_PIDFD|CLONE_PARENT_SETTID, pidfd=%p, parent_tid=%p, exit_signal=SIGCHLD, stack=NULL, stack_size=0}"
	     " => {pidfd=[%d], parent_tid=[%d]}, %zu) = %s",
	     (void *)&pidfd, (void *)&parent_tid, pidfd, parent_tid, sizeof args, result(pid));
	close(pidfd);
	ended(pid, 9);
}

// vars is an environment.
static char *vars(char **envp)
{
	return whole ? "[\"A=1\", \"B=2\"]" : words("%p /* 2 vars */", (void *)envp);
}

static void become(void)
{
	char *argv[] = {"every", "again", "and\n", NULL};
	static char *envp[] = {"A=1", "B=2", NULL};
	pid_t pid = fork();

	if (pid == 0) {
		want("execve(\"%s\", [\"every\", \"again\", \"and\\n\"], %s) = 0", program, vars(envp));
		call(__NR_execve, program, argv, envp);
		_exit(1);
	}
	ended(pid, 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(program, O_PATH | O_CLOEXEC);
		want("execveat(%d, \"\", [\"every\", \"again\", \"and\\n\"], %s, AT_EMPTY_PATH) = 0", fd, vars(envp));
		call(__NR_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
		_exit(1);
	}
	ended(pid, 0);
	long n = call(__NR_execve, "/nowhere", argv, envp);
	want("execve(\"/nowhere\", [\"every\", \"again\", \"and\\n\"], %s) = %s", vars(envp), result(n));
}

// held begins a child that stands still until it is killed.
static pid_t held(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void wait_for(void)
{
	int status;
	long n;
	siginfo_t info;
	struct rusage used;
	pid_t pid = held();

	n = call(__NR_kill, pid, SIGSTOP);
	want("kill(%d, SIGSTOP) = %s", pid, result(n));
	n = call(__NR_waitid, P_PID, pid, &info, WSTOPPED | WNOWAIT, &used);
	want("waitid(P_PID, %d, {si_signo=SIGCHLD, si_code=CLD_STOPPED, si_pid=%d, si_uid=%d, si_status=SIGSTOP, si_utime=%s, si_stime=%s},"
	     " WSTOPPED|WNOWAIT, %s) = %s", pid, pid, info.si_uid, clocked(info.si_utime), clocked(info.si_stime), resources(&used), result(n));
	n = call(__NR_wait4, pid, &status, WSTOPPED, 0);
	want("wait4(%d, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], WSTOPPED, NULL) = %s", pid, result(n));
	kill(pid, SIGCONT);
	n = call(__NR_wait4, pid, &status, WCONTINUED, 0);
	want("wait4(%d, [{WIFCONTINUED(s)}], WCONTINUED, NULL) = %s", pid, result(n));
	n = call(__NR_wait4, -1, &status, WNOHANG, 0);
	want("wait4(-1, %p, WNOHANG, NULL) = %s", (void *)&status, result(n));
	n = call(__NR_tkill, pid, SIGTERM);
	want("tkill(%d, SIGTERM) = %s", pid, result(n));
	n = call(__NR_wait4, pid, &status, 0, 0);
	want("wait4(%d, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGTERM}], 0, NULL) = %s", pid, result(n));
	n = call(__NR_waitid, P_ALL, 0, &info, WEXITED, 0);
	want("waitid(P_ALL, 0, %p, WEXITED, NULL) = %s", (void *)&info, result(n));
	n = call(__NR_tgkill, getpid(), gettid(), 0);
	want("tgkill(%d, %d, 0) = %s", getpid(), gettid(), result(n));
#ifdef __i386__
	pid = held();
	kill(pid, SIGKILL);
	n = call(__NR_waitpid, pid, &status, 0);
	want("waitpid(%d, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0) = %s", pid, result(n));
#endif
}

static void by_descriptor(void)
{
	pid_t pid = held();
	long n, fd;
	siginfo_t info;

	memset(&info, 0, sizeof info);
	fd = call(__NR_pidfd_open, pid, O_NONBLOCK);
	want("pidfd_open(%d, PIDFD_NONBLOCK) = %s", pid, result(fd));
	n = call(__NR_pidfd_getfd, fd, 0, 0);
	want("pidfd_getfd(%ld, 0, 0) = %s", fd, result(n));
	if (n >= 0)
		close(n);
	info.si_signo = SIGUSR1;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_ptr = (void *)0x1234;
	n = call(__NR_pidfd_send_signal, fd, SIGUSR1, &info, 0);
	want("pidfd_send_signal(%ld, SIGUSR1, {si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=%d, si_uid=%d, si_int=4660, si_ptr=0x1234}, 0) = %s",
	     fd, getpid(), getuid(), result(n));
	n = call(__NR_process_mrelease, fd, 0);
	want("process_mrelease(%ld, 0) = %s", fd, result(n));
	n = call(__NR_waitid, P_PIDFD, fd, NULL, WEXITED, NULL);
	for (int i = 0; i < 100 && n == -EAGAIN; i++) { // the descriptor does not block
		struct pollfd ended = {fd, POLLIN, 0};
		poll(&ended, 1, -1);
		n = call(__NR_waitid, P_PIDFD, fd, NULL, WEXITED, NULL);
	}
	want("waitid(P_PIDFD, %ld, NULL, WEXITED, NULL) = %s", fd, result(n));
	close(fd);
}

static void compare(void)
{
	struct kcmp_epoll_slot slot = {1, 2, 3};
	int self = getpid(), parent = getppid();
	long n;

	n = call(__NR_kcmp, self, self, KCMP_FILE, 1, 1);
	want("kcmp(%d, %d, KCMP_FILE, 1, 1) = %s", self, self, result(n));
	n = call(__NR_kcmp, self, self, KCMP_VM, 0, 0);
	want("kcmp(%d, %d, KCMP_VM) = %s", self, self, result(n));
	n = call(__NR_kcmp, self, 0, KCMP_FS, 0, 0);
	want("kcmp(%d, 0, KCMP_FS) = %s", self, result(n));
	n = call(__NR_kcmp, self, self, KCMP_EPOLL_TFD, 1, &slot);
	want("kcmp(%d, %d, KCMP_EPOLL_TFD, 1, {efd=1, tfd=2, toff=3}) = %s", self, self, result(n));
	(void)parent;
}

static void spaces(void)
{
	long n = call(__NR_unshare, CLONE_NEWUTS | CLONE_FS);
	want("unshare(CLONE_FS|CLONE_NEWUTS) = %s", result(n));
	n = call(__NR_sethostname, "every-host", 10);
	want("sethostname(\"every-host\", 10) = %s", result(n));
	n = call(__NR_setdomainname, "every-domain", 12);
	want("setdomainname(\"every-domain\", 12) = %s", result(n));
	int fd = open("/proc/self/ns/uts", O_RDONLY);
	n = call(__NR_setns, fd, CLONE_NEWUTS);
	want("setns(%d, CLONE_NEWUTS) = %s", fd, result(n));
	struct { uint32_t size, spare; uint64_t ns_id; uint32_t ns_type, spare2; uint64_t user_ns_id; } req = {sizeof req, 0, 0, CLONE_NEWUTS};
	uint64_t ids[2] = {0};
	n = call(NR_listns, &req, ids, 2, 0);
	char text[80] = "[]";
	if (n > 0)
		snprintf(text, sizeof text, n == 1 ? "[%#llx]" : "[%#llx, %#llx]", (unsigned long long)ids[0], (unsigned long long)ids[1]);
	if (n < 0)
		snprintf(text, sizeof text, "%p", (void *)ids);
	want("listns({size=%zu, ns_id=0, ns_type=CLONE_NEWUTS, user_ns_id=0}, %s, 2, 0) = %s", sizeof req, text, result(n));
}

int main(int argc, char **argv)
{
	program = argv[0];
	if (argc > 1 && !strcmp(argv[1], "again"))
		return 0;
	begin(argc, argv);
	start();
	become();
	wait_for();
	by_descriptor();
	compare();
	apart(spaces);
	return done();
}
