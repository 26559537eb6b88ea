/*
 * every_syscall COUNT tries each system call whose number is below COUNT, in
 * the order of their numbers. None is made: a filter answers EDOM, after a
 * tracer has seen the call. By its sixth argument it knows them from what the
 * program does besides.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MARK 0x5051

/* The kernel answers uretprobe and uprobe before it asks filters. */
static int unfiltered(int nr)
{
	return sizeof(long) == 8 && (nr == 335 || nr == 336);
}

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof code / sizeof *code, code};

	if (argc != 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		return 1;
	for (int nr = 0; nr < atoi(argv[1]); nr++)
		if (!unfiltered(nr) && (syscall(nr, 0, 0, 0, 0, 0, MARK) != -1 || errno != EDOM))
			return 2;
	return 0;
}
