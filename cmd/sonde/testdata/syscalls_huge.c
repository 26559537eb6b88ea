// System calls whose arguments claim to be huge: what the tracer reads of them, and keeps,
// has its bounds. The descriptor is none, so that the kernel does nothing.
#define _GNU_SOURCE
#include "tracer.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { parts = 1024, descriptors = 100000, words = 100000 };

static void messages(char *huge, size_t size, struct iovec *iov)
{
	static struct mmsghdr many[parts];
	struct msghdr m = { huge, 0x7fffffff, iov, parts, huge, 1UL << 31, 0 };
	struct cmsghdr *control = (struct cmsghdr *)huge;
	sendmsg(-1, &m, 0);
	recvmsg(-1, &m, 0);
	control->cmsg_len = 1UL << 31;
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	sendmsg(-1, &m, 0);
	for (int i = 0; i < parts; i++)
		many[i].msg_hdr = m;
	sendmmsg(-1, many, parts, 0);
	syscall(SYS_sendto, -1, huge, size, 0, huge, 0x7fffffff);
}

int main(void)
{
	size_t size = 2UL << 30;
	char *huge = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	static struct iovec iov[parts];
	static struct pollfd polled[descriptors];
	static char *list[words + 1];
	char *none[] = { NULL };

	for (int i = 0; i < parts; i++)
		iov[i] = (struct iovec){ huge, size };
	writev(-1, iov, parts);
	syscall(SYS_readv, -1, iov, parts);
	syscall(SYS_write, -1, huge, size);
	messages(huge, size, iov);
	for (int i = 0; i < descriptors; i++)
		polled[i] = (struct pollfd){ -1, POLLOUT, 0 };
	poll(polled, descriptors, 0);
	memset(huge, 'x', 1 << 24); // text without end
	syscall(SYS_access, huge, 0);
	syscall(SYS_fsetxattr, -1, huge, huge, size, 0);
	syscall(SYS_io_submit, 0, 1L << 40, huge);
	syscall(SYS_bpf, 5, huge, 0x7fffffff);
	for (int i = 0; i < words; i++)
		list[i] = "an argument";
	execve("/nonexistent", list, list);
	execve("/nonexistent", none, list);
	printf("tracer's peak %ld kB\n", tracers_peak());
	return 0;
}
