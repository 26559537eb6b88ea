// userfault [now]: a program that fills its pages itself, when they are first read: by a
// thread that makes system calls for that (userfaultfd(2)). It gives such a page to the
// kernel once it is told to end, or at once.
#define _GNU_SOURCE
#include "attach_target.h"
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { PAGE = 4096 };
static int faults;
static char filled[PAGE] __attribute__((aligned(PAGE)));

static void *fill(void *arg)
{
	struct uffd_msg m;
	while (read(faults, &m, sizeof m) == sizeof m) {
		struct uffdio_copy copy = {
			.dst = m.arg.pagefault.address & -PAGE, .src = (unsigned long)filled, .len = PAGE,
		};
		ioctl(faults, UFFDIO_COPY, &copy);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	struct uffdio_api api = { .api = UFFD_API };
	(void)argv;
	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api)) {
		say("ready without\n");
		return 2;
	}
	char *page = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register r = { .range = { (unsigned long)page, PAGE }, .mode = UFFDIO_REGISTER_MODE_MISSING };
	if (ioctl(faults, UFFDIO_REGISTER, &r))
		return 3;
	memset(filled, 'x', PAGE);
	if (pthread_create(&thread, 0, fill, 0))
		return 4;
	say("ready\n");
	while (argc < 2 && !told_to_end(1000))
		;
	int null = open("/dev/null", O_WRONLY);
	if (syscall(SYS_write, null, page, 7) != 7 || page[7] != 'x')
		return 5;
	say("ok\n");
	return 0;
}
