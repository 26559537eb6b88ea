// rings.c: input and output that goes on by itself.
#include "every.h"
#include "structs.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <signal.h>

static void asynchronous(void)
{
	aio_context_t context = 0;
	static char text[] = "written later", got[32];
	int fd = open("file", O_RDWR | O_CREAT, 0600);
	struct iocb write = {.aio_data = 0x1234, .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = fd, .aio_buf = (uintptr_t)text, .aio_nbytes = 13, .aio_offset = 0};
	struct iocb read = {.aio_data = 0x5678, .aio_lio_opcode = IOCB_CMD_PREAD, .aio_reqprio = 11, .aio_fildes = fd, .aio_buf = (uintptr_t)got, .aio_nbytes = 32, .aio_offset = 3};
	struct iocb *one[] = {&write}, *other[] = {&read};
	struct io_event event;
	struct { long sec, nsec; } soon = {5, 6};
	uint64_t mask = 1;
	struct { uint64_t *mask; unsigned long size; } set = {&mask, 8};
	long n;

	n = call(__NR_io_setup, 4, &context);
	want("io_setup(4, [0%s]) = %s", failed(n) ? "" : words(" => %#lx", (long)context), result(n));
	n = call(__NR_io_submit, context, 1, one);
	want("io_submit(%#lx, 1, [{aio_data=0x1234, aio_lio_opcode=IOCB_CMD_PWRITE, aio_fildes=%d, aio_buf=\"written later\", aio_nbytes=13, aio_offset=0}]) = %s",
	     (long)context, fd, result(n));
	n = call(__NR_io_getevents, context, 1, 1, &event, &soon);
	want("io_getevents(%#lx, 1, 1, [{data=0x1234, obj=%p, res=13, res2=0}], {tv_sec=5, tv_nsec=6}) = %s", (long)context, (void *)&write, result(n));
	n = call(__NR_io_submit, context, 1, other);
	want("io_submit(%#lx, 1, [{aio_data=0x5678, aio_lio_opcode=IOCB_CMD_PREAD, aio_reqprio=11, aio_fildes=%d, aio_buf=%p, aio_nbytes=32, aio_offset=3}]) = %s",
	     (long)context, fd, got, result(n));
	n = call(__NR_io_pgetevents, context, 1, 1, &event, NULL, &set);
	want("io_pgetevents(%#lx, 1, 1, [{data=0x5678, obj=%p, res=10, res2=0}], NULL, {sigmask=[HUP], sigsetsize=8}) = %s", (long)context, (void *)&read, result(n));
#ifdef __i386__
	struct { int64_t sec, nsec; } later = {0, 0};
	n = call(__NR_io_pgetevents_time64, context, 0, 1, &event, &later, NULL);
	want("io_pgetevents_time64(%#lx, 0, 1, [], {tv_sec=0, tv_nsec=0}, NULL) = %s", (long)context, result(n));
#endif
	n = call(__NR_io_cancel, context, &read, &event);
	want("io_cancel(%#lx, {aio_data=0x5678, aio_lio_opcode=IOCB_CMD_PREAD, aio_reqprio=11, aio_fildes=%d, aio_buf=%p, aio_nbytes=32, aio_offset=3}, %p) = %s",
	     (long)context, fd, got, (void *)&event, result(n));
	n = call(__NR_io_destroy, context);
	want("io_destroy(%#lx) = %s", (long)context, result(n));
	close(fd);
	unlink("file");
}

static char *features(uint32_t bits)
{
	static const char *const names[] = {
		"SINGLE_MMAP", "NODROP", "SUBMIT_STABLE", "RW_CUR_POS", "CUR_PERSONALITY", "FAST_POLL", "POLL_32BITS", "SQPOLL_NONFIXED", "EXT_ARG",
		"NATIVE_WORKERS", "RSRC_TAGS", "CQE_SKIP", "LINKED_FILE", "REG_REG_RING", "RECVSEND_BUNDLE", "MIN_TIMEOUT", "RW_ATTR", "NO_IOWAIT",
	};
	char *list = "";
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (bits >> i & 1)
			list = words("%s%sIORING_FEAT_%s", list, *list ? "|" : "", names[i]);
	bits = bits >> 18 << 18;
	return bits ? words("%s|%#x", list, bits) : list;
}

static void ring(void)
{
	struct io_uring_params p;
	int fds[2] = {0, 1}, event = 7;
	long fd, n;

	memset(&p, 0, sizeof p);
	p.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
	p.cq_entries = 16;
	fd = call(__NR_io_uring_setup, 4, &p);
	want("io_uring_setup(4, %s) = %s", came(fd, &p, words(
	     "{flags=IORING_SETUP_CQSIZE|IORING_SETUP_CLAMP, sq_thread_cpu=0, sq_thread_idle=0, sq_entries=4, cq_entries=16, features=%s, "
	     "sq_off={head=%u, tail=%u, ring_mask=%u, ring_entries=%u, flags=%u, dropped=%u, array=%u}, "
	     "cq_off={head=%u, tail=%u, ring_mask=%u, ring_entries=%u, overflow=%u, cqes=%u, flags=%u}}", features(p.features),
	     p.sq_off.head, p.sq_off.tail, p.sq_off.ring_mask, p.sq_off.ring_entries, p.sq_off.flags, p.sq_off.dropped, p.sq_off.array,
	     p.cq_off.head, p.cq_off.tail, p.cq_off.ring_mask, p.cq_off.ring_entries, p.cq_off.overflow, p.cq_off.cqes, p.cq_off.flags)), result(fd));
	n = call(__NR_io_uring_register, fd, IORING_REGISTER_FILES, fds, 2);
	want("io_uring_register(%ld, IORING_REGISTER_FILES, [0, 1], 2) = %s", fd, result(n));
	n = call(__NR_io_uring_register, fd, IORING_UNREGISTER_FILES, NULL, 0);
	want("io_uring_register(%ld, IORING_UNREGISTER_FILES, NULL, 0) = %s", fd, result(n));
	n = call(__NR_io_uring_register, fd, IORING_REGISTER_EVENTFD, &event, 1);
	want("io_uring_register(%ld, IORING_REGISTER_EVENTFD, [7], 1) = %s", fd, result(n));
	n = call(__NR_io_uring_enter, fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 8);
	want("io_uring_enter(%ld, 0, 0, IORING_ENTER_GETEVENTS, NULL, 8) = %s", fd, result(n));
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	asynchronous();
	ring();
	return done();
}
