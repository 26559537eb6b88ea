/* A ring of io_uring(7) without a library: set up, mapped, told of files and buffers,
   and given a few operations. Without the ring, as many systems have it, it ends at once. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int ring;
static struct io_uring_params params;
static char *queue;
static struct io_uring_sqe *entries;

static struct io_uring_sqe *entry(unsigned op, int fd, void *buf, unsigned n) {
	unsigned *tail = (unsigned *)(queue + params.sq_off.tail);
	unsigned at = *tail & (params.sq_entries - 1);
	struct io_uring_sqe *e = &entries[at];
	memset(e, 0, sizeof *e);
	e->opcode = op;
	e->fd = fd;
	e->addr = (unsigned long)buf;
	e->len = n;
	((unsigned *)(queue + params.sq_off.array))[at] = at;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return e;
}

static void enter(unsigned n) {
	syscall(SYS_io_uring_enter, ring, n, n, IORING_ENTER_GETEVENTS, NULL, 0);
	unsigned *tail = (unsigned *)(queue + params.cq_off.tail);
	__atomic_store_n((unsigned *)(queue + params.cq_off.head), *tail, __ATOMIC_RELEASE);
}

static long tell(unsigned op, void *arg, unsigned n) {
	return syscall(SYS_io_uring_register, ring, op, arg, n);
}

int main(void) {
	static char buf[4096];
	params.flags = IORING_SETUP_CQSIZE;
	params.cq_entries = 16;
	ring = syscall(SYS_io_uring_setup, 4, &params);
	if (ring < 0)
		return 0;
	size_t size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	queue = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	entries = mmap(NULL, params.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	if (queue == MAP_FAILED || entries == MAP_FAILED)
		return 1;

	int file = open("file", O_RDWR | O_CREAT, 0600), event = eventfd(0, 0);
	struct iovec iov = {buf, sizeof buf};
	tell(IORING_REGISTER_FILES, &file, 1);
	tell(IORING_REGISTER_EVENTFD, &event, 1);
	tell(IORING_REGISTER_BUFFERS, &iov, 1);

	entry(IORING_OP_NOP, -1, NULL, 0);
	enter(1);
	entry(IORING_OP_WRITE, file, "written", 7);
	enter(1);
	entry(IORING_OP_READ, 0, buf, sizeof buf)->flags = IOSQE_FIXED_FILE;
	entry(IORING_OP_FSYNC, file, NULL, 0);
	enter(2);
	entry(IORING_OP_READ_FIXED, file, buf, 4);
	enter(1);

	tell(IORING_UNREGISTER_BUFFERS, NULL, 0);
	tell(IORING_UNREGISTER_EVENTFD, NULL, 0);
	tell(IORING_UNREGISTER_FILES, NULL, 0);
	close(ring);
	return 0;
}
