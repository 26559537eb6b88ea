// stress_userfault: a program that gives the kernel pages which are not there, in two
// threads, and has a third one fill them (userfaultfd(2)), slowly: while that is
// stopped, none of the others can be.
#define _GNU_SOURCE
#include "attach_target.h"
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <fcntl.h>

enum { PAGE = 4096, USERS = 2 };
static int faults, stop;
static char *pages;
static char filled[PAGE] __attribute__((aligned(PAGE)));

static void *fill(void *arg)
{
	struct uffd_msg m;
	while (read(faults, &m, sizeof m) == sizeof m) {
		struct uffdio_copy copy = {
			.dst = m.arg.pagefault.address & -PAGE, .src = (unsigned long)filled, .len = PAGE,
		};
		usleep(20000);
		ioctl(faults, UFFDIO_COPY, &copy); // the kernel may have asked several times
	}
	return arg;
}

static void use(int user)
{
	int ends[2];
	char got = 0, *page = pages + user * PAGE;
	if (pipe(ends))
		_exit(4);
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST) && !(user == 0 && told_to_end(0))) {
		if (work(1))
			say("wrong: calls\n");
		madvise(page, PAGE, MADV_DONTNEED);
		if (write(ends[1], page, 1) != 1 || read(ends[0], &got, 1) != 1 || got != 'x')
			say("wrong: a page\n");
	}
}

static void *user(void *arg)
{
	use(1);
	return arg;
}

int main(void)
{
	pthread_t filler, other;
	struct uffdio_api api = { .api = UFFD_API };
	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api)) {
		say("ready without\n");
		return 2;
	}
	pages = mmap(0, USERS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register r = { .range = { (unsigned long)pages, USERS * PAGE }, .mode = UFFDIO_REGISTER_MODE_MISSING };
	if (ioctl(faults, UFFDIO_REGISTER, &r))
		return 3;
	memset(filled, 'x', PAGE);
	if (pthread_create(&filler, 0, fill, 0) || pthread_create(&other, 0, user, 0))
		return 4;
	say("ready\n");
	use(0);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	pthread_join(other, 0);
	say("ok\n");
	return 0;
}
