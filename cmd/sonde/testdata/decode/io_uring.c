/* io_uring: a ring of its own, what is submitted to it, and what may be registered. */
#include "decode.h"
#include <linux/io_uring.h>
#include <linux/time_types.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

static unsigned *tail, *array, mask;
static struct io_uring_sqe *sqes;

static struct io_uring_sqe *next(int op, int fd)
{
	unsigned at = *tail & mask;
	struct io_uring_sqe *e = &sqes[at];
	memset(e, 0, sizeof *e);
	e->opcode = op;
	e->fd = fd;
	array[at] = at;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return e;
}

int main(void)
{
	struct io_uring_params p = { .flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP, .cq_entries = 16 };
	static char room[64] = "what is written";
	struct iovec iov[2] = { { room, 4 }, { room + 4, 6 } };
	struct __kernel_timespec ts = { 1, 5 };
	getpid();
	int ring = call(__NR_io_uring_setup, 8, &p);
	if (ring < 0)
		return 1;
	char *sq = mmap(0, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	sqes = mmap(0, p.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	tail = (void *)(sq + p.sq_off.tail);
	array = (void *)(sq + p.sq_off.array);
	mask = *(unsigned *)(sq + p.sq_off.ring_mask);

	struct io_uring_sqe *e = next(IORING_OP_OPENAT, AT_FDCWD);
	e->addr = (uintptr_t)"/dev/null";
	e->open_flags = O_RDWR | O_CLOEXEC;
	e->user_data = 1;
	e = next(IORING_OP_WRITE, 1);
	e->addr = (uintptr_t)room;
	e->len = 4;
	e->off = -1;
	e->flags = IOSQE_IO_LINK;
	e->user_data = 2;
	next(IORING_OP_NOP, -1);
	call(__NR_io_uring_enter, ring, 3, 3, IORING_ENTER_GETEVENTS, 0, 8);
	e = next(IORING_OP_WRITEV, 1);
	e->addr = (uintptr_t)iov;
	e->len = 2;
	e->off = -1;
	e = next(IORING_OP_TIMEOUT, -1);
	e->addr = (uintptr_t)&ts;
	e->len = 1;
	e->timeout_flags = IORING_TIMEOUT_ABS;
	e->user_data = 7;
	e = next(IORING_OP_POLL_ADD, 0);
	e->poll32_events = POLLIN;
	call(__NR_io_uring_enter, ring, 3, 0, 0, 0, 8);
	call(__NR_io_uring_enter, ring, 0, 0, 0, 0, 8);
	e = next(IORING_OP_READ, 0);
	e->addr = (uintptr_t)room;
	e->len = 10;
	call(__NR_io_uring_enter, -1, 1, 0, 0, 0, 8);

	pretend();
	struct io_uring_params all = { .flags = IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ | 0x10000000, .sq_thread_cpu = 1, .sq_thread_idle = 2, .wq_fd = 5 };
	call(__NR_io_uring_setup, 8, &all);
	call(__NR_io_uring_setup, 8, 0);
	int fds[] = { 0, 1, -1 };
	struct io_uring_files_update update = { .offset = 1, .fds = (uintptr_t)fds };
	struct io_uring_rsrc_register rsrc = { .nr = 2, .data = (uintptr_t)fds, .tags = 0 };
	struct io_uring_rsrc_update2 update2 = { .offset = 1, .data = (uintptr_t)fds, .nr = 2 };
	static struct { struct io_uring_probe p; struct io_uring_probe_op ops[3]; } probe = { { .last_op = 3, .ops_len = 3 }, { { 0, 0, 1 }, { 1, 0, 1 }, { 2, 0, 0 } } };
	struct io_uring_restriction limits[] = { { .opcode = IORING_RESTRICTION_REGISTER_OP, .register_op = IORING_REGISTER_FILES }, { .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_NOP } };
	struct io_uring_buf_reg buffers = { .ring_addr = 0x10000, .ring_entries = 4, .bgid = 2 };
	struct io_uring_sync_cancel_reg cancel = { .addr = 5, .fd = 3, .flags = 2, .timeout = { 1, 2 } };
	struct io_uring_file_index_range range = { 1, 2 };
	unsigned workers[2] = { 1, 2 };
	struct io_uring_rsrc_update rings[] = { { .offset = 1, .data = 3 } };
	call(__NR_io_uring_register, 3, IORING_REGISTER_BUFFERS, iov, 2);
	call(__NR_io_uring_register, 3, IORING_UNREGISTER_BUFFERS, 0, 0);
	call(__NR_io_uring_register, 3, IORING_REGISTER_FILES, fds, 3);
	call(__NR_io_uring_register, 3, IORING_UNREGISTER_FILES, 0, 0);
	call(__NR_io_uring_register, 3, IORING_REGISTER_EVENTFD, fds, 1);
	call(__NR_io_uring_register, 3, IORING_UNREGISTER_EVENTFD, 0, 0);
	call(__NR_io_uring_register, 3, IORING_REGISTER_FILES_UPDATE, &update, 3);
	call(__NR_io_uring_register, 3, IORING_REGISTER_EVENTFD_ASYNC, fds, 1);
	call(__NR_io_uring_register, 3, IORING_REGISTER_PROBE, &probe, 3);
	call(__NR_io_uring_register, 3, IORING_REGISTER_PERSONALITY, 0, 0);
	call(__NR_io_uring_register, 3, IORING_UNREGISTER_PERSONALITY, 0, 2);
	call(__NR_io_uring_register, 3, IORING_REGISTER_RESTRICTIONS, limits, 2);
	call(__NR_io_uring_register, 3, IORING_REGISTER_ENABLE_RINGS, 0, 0);
	call(__NR_io_uring_register, 3, IORING_REGISTER_FILES2, &rsrc, sizeof rsrc);
	call(__NR_io_uring_register, 3, IORING_REGISTER_FILES_UPDATE2, &update2, sizeof update2);
	call(__NR_io_uring_register, 3, IORING_REGISTER_BUFFERS2, &rsrc, sizeof rsrc);
	call(__NR_io_uring_register, 3, IORING_REGISTER_IOWQ_AFF, room, 8);
	call(__NR_io_uring_register, 3, IORING_UNREGISTER_IOWQ_AFF, 0, 0);
	call(__NR_io_uring_register, 3, IORING_REGISTER_IOWQ_MAX_WORKERS, workers, 2);
	call(__NR_io_uring_register, 3, IORING_REGISTER_RING_FDS, rings, 1);
	call(__NR_io_uring_register, 3, IORING_UNREGISTER_RING_FDS, rings, 1);
	call(__NR_io_uring_register, 3, IORING_REGISTER_PBUF_RING, &buffers, 1);
	call(__NR_io_uring_register, 3, IORING_UNREGISTER_PBUF_RING, &buffers, 1);
	call(__NR_io_uring_register, 3, IORING_REGISTER_SYNC_CANCEL, &cancel, 1);
	call(__NR_io_uring_register, 3, IORING_REGISTER_FILE_ALLOC_RANGE, &range, 0);
	call(__NR_io_uring_register, 3, 77, 0, 0);
	call(__NR_io_uring_enter, 3, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, 0, 24);
	struct __kernel_timespec limit = { 1, 2 };
	struct io_uring_getevents_arg until = { .ts = (uintptr_t)&limit };
	call(__NR_io_uring_enter, 3, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &until, 24);
	return 0;
}
