/* The calls that read, write, move and copy what descriptors lead to. */
#include "every.h"
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static const char text[] = "It is a truth universally acknowledged, that a trace is read by somebody.";

static void whole_files(int fd)
{
	char buffer[100];
	long n = call(__NR_write, fd, text, sizeof text - 1);
	want("write(%d, %s, %zu) = %s", fd, bytes(text, sizeof text - 1), sizeof text - 1, result(n));
	n = call(__NR_write, fd, "\1\t\033[0m\"\\\377\n", 10);
	want("write(%d, \"\\1\\t\\33[0m\\\"\\\\\\377\\n\", 10) = %s", fd, result(n));
	n = call(__NR_lseek, fd, -10, SEEK_CUR);
	want("lseek(%d, -10, SEEK_CUR) = %s", fd, result(n));
	n = call(__NR_read, fd, buffer, sizeof buffer);
	want("read(%d, \"\\1\\t\\33[0m\\\"\\\\\\377\\n\", 100) = 10", fd);
	n = call(__NR_read, fd, buffer, sizeof buffer);
	want("read(%d, \"\", 100) = 0", fd);
	n = call(__NR_read, 99, buffer, sizeof buffer);
	want("read(99, %p, 100) = -1 EBADF (Bad file descriptor)", buffer);
	n = call(__NR_pwrite64, fd, "THAT", 4, LOW_HIGH(0x100000000));
	want("pwrite64(%d, \"THAT\", 4, 4294967296) = %s", fd, result(n));
	n = call(__NR_pread64, fd, buffer, sizeof buffer, LOW_HIGH(0xfffffffe));
	want("pread64(%d, \"\\0\\0THAT\", 100, 4294967294) = %s", fd, result(n));
	n = call(__NR_lseek, fd, 0, SEEK_END);
#ifdef __i386__
	want("lseek(%d, 0, SEEK_END) = %s", fd, result(n)); /* the lower half */
	int64_t where = 0;
	n = call(__NR__llseek, fd, 1, 2, &where, SEEK_SET);
	want("_llseek(%d, 4294967298, [4294967298], SEEK_SET) = 0", fd);
	n = call(__NR__llseek, fd, -1, -2, &where, SEEK_END);
	want("_llseek(%d, -2, [4294967298], SEEK_END) = 0", fd);
#else
	want("lseek(%d, 0, SEEK_END) = 4294967300", fd);
#endif
	n = call(__NR_lseek, fd, 100, SEEK_DATA);
	want("lseek(%d, 100, SEEK_DATA) = %s", fd, result(n));
	n = call(__NR_lseek, fd, 0, SEEK_HOLE);
	want("lseek(%d, 0, SEEK_HOLE) = %s", fd, result(n));
}

static void pieces(int fd)
{
	char first[10], second[100];
	struct iovec out[3] = { { "one ", 4 }, { "", 0 }, { (void *)text, sizeof text - 1 } }, in[2] = { { first, 10 }, { second, 100 } };
	call(__NR_lseek, fd, 0, SEEK_SET);
	call(__NR_ftruncate, fd, 0);
	long n = call(__NR_writev, fd, out, 3);
	want("writev(%d, [{iov_base=\"one \", iov_len=4}, {iov_base=\"\", iov_len=0}, {iov_base=%s, iov_len=73}], 3) = 77", fd, bytes(text, 73));
	call(__NR_lseek, fd, 0, SEEK_SET);
	n = call(__NR_readv, fd, in, 2);
	want("readv(%d, [{iov_base=\"one It is \", iov_len=10}, {iov_base=%s, iov_len=100}], 2) = %s", fd, bytes(text + 6, 67), result(n));
	n = call(__NR_pwritev, fd, out, 1, LOW_HIGH(0x100000000));
	want("pwritev(%d, [{iov_base=\"one \", iov_len=4}], 1, 4294967296) = %s", fd, result(n));
	n = call(__NR_preadv, fd, in, 2, LOW_HIGH(70));
	want("preadv(%d, [{iov_base=\"mebody.\\0\\0\\0\", iov_len=10}, {iov_base=%s, iov_len=100}], 2, 70) = 110", fd, bytes(second, 100));
#ifdef __i386__
	n = call(__NR_pwritev2, fd, out, 1, LOW_HIGH(-1ll), 2);
#else
	n = call(__NR_pwritev2, fd, out, 1, -1, -1, 2);
#endif
	want("pwritev2(%d, [{iov_base=\"one \", iov_len=4}], 1, -1, RWF_DSYNC) = %s", fd, result(n));
#ifdef __i386__
	n = call(__NR_preadv2, fd, in, 1, LOW_HIGH(2), 8);
#else
	n = call(__NR_preadv2, fd, in, 1, 2, 0, 8);
#endif
	want("preadv2(%d, [{iov_base=%s, iov_len=10}], 1, 2, RWF_NOWAIT) = %s", fd, failed(n) ? at(first) : "\"e It is a \"", result(n));
}

static void pipes(int file)
{
	int a[2] = { -1, -1 }, b[2] = { -1, -1 };
	long n = call(__NR_pipe, a);
	want("pipe([%d, %d]) = 0", a[0], a[1]);
	n = call(__NR_pipe2, b, O_CLOEXEC | O_NONBLOCK);
	want("pipe2([%d, %d], O_NONBLOCK|O_CLOEXEC) = 0", b[0], b[1]);
	struct iovec gift[2] = { { (void *)text, 20 }, { "more", 4 } };
	n = call(__NR_vmsplice, a[1], gift, 2, SPLICE_F_NONBLOCK);
	want("vmsplice(%d, [{iov_base=\"It is a truth univer\", iov_len=20}, {iov_base=\"more\", iov_len=4}], 2, SPLICE_F_NONBLOCK) = %s", a[1], result(n));
	n = call(__NR_tee, a[0], b[1], 100, SPLICE_F_NONBLOCK);
	want("tee(%d, %d, 100, SPLICE_F_NONBLOCK) = %s", a[0], b[1], result(n));
	int64_t offset = 5;
	n = call(__NR_splice, a[0], 0, file, &offset, 24, SPLICE_F_MOVE | SPLICE_F_MORE);
	want("splice(%d, NULL, %d, [5 => %d], 24, SPLICE_F_MOVE|SPLICE_F_MORE) = %s", a[0], file, (int)offset, result(n));
	call(__NR_lseek, file, 0, SEEK_SET);
	long from = 4;
	n = call(__NR_sendfile, a[1], file, &from, 8);
	want("sendfile(%d, %d, [4 => %ld], 8) = %s", a[1], file, from, result(n));
	n = call(__NR_sendfile, a[1], file, 0, 3);
	want("sendfile(%d, %d, NULL, 3) = %s", a[1], file, result(n));
#ifdef __i386__
	offset = 6;
	n = call(__NR_sendfile64, a[1], file, &offset, 8);
	want("sendfile64(%d, %d, [6 => %d], 8) = %s", a[1], file, (int)offset, result(n));
#endif
	int64_t in = 3, out = 200;
	n = call(__NR_copy_file_range, file, &in, file, &out, 5, 0);
	want("copy_file_range(%d, [3 => %d], %d, [200 => %d], 5, 0) = %s", file, (int)in, file, (int)out, result(n));
	for (int i = 0; i < 2; i++)
		close(a[i]), close(b[i]);
}

static void stored(int fd)
{
	long n = call(__NR_fsync, fd);
	want("fsync(%d) = %s", fd, result(n));
	n = call(__NR_fdatasync, fd);
	want("fdatasync(%d) = %s", fd, result(n));
	n = call(__NR_syncfs, fd);
	want("syncfs(%d) = %s", fd, result(n));
	n = call(__NR_sync);
	want("sync() = 0");
	n = call(__NR_sync_file_range, fd, LOW_HIGH(4096), LOW_HIGH(8192), 1 | 2);
	want("sync_file_range(%d, 4096, 8192, SYNC_FILE_RANGE_WAIT_BEFORE|SYNC_FILE_RANGE_WRITE) = %s", fd, result(n));
	n = call(__NR_fallocate, fd, 1 | 2, LOW_HIGH(4096), LOW_HIGH(0x100000000));
	want("fallocate(%d, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 4096, 4294967296) = %s", fd, result(n));
	n = call(__NR_fallocate, fd, 0, LOW_HIGH(0), LOW_HIGH(9));
	want("fallocate(%d, 0, 0, 9) = %s", fd, result(n));
	n = call(__NR_fadvise64, fd, LOW_HIGH(0x100000000), 4096, POSIX_FADV_DONTNEED);
	want("fadvise64(%d, 4294967296, 4096, POSIX_FADV_DONTNEED) = %s", fd, result(n));
#ifdef __i386__
	n = call(__NR_fadvise64_64, fd, LOW_HIGH(0), LOW_HIGH(0x100000000), POSIX_FADV_SEQUENTIAL);
	want("fadvise64_64(%d, 0, 4294967296, POSIX_FADV_SEQUENTIAL) = %s", fd, result(n));
#endif
	n = call(__NR_readahead, fd, LOW_HIGH(0x100000000), 8192);
	want("readahead(%d, 4294967296, 8192) = %s", fd, result(n));
	n = call(__NR_flock, fd, 2 | 4);
	want("flock(%d, LOCK_EX|LOCK_NB) = %s", fd, result(n));
	n = call(__NR_flock, fd, 8);
	want("flock(%d, LOCK_UN) = %s", fd, result(n));
	uint64_t range[2] = { 0, 8192 }, pages[5] = { 9, 9, 9, 9, 9 };
	n = call(NR_cachestat, fd, range, pages, 0);
	want("cachestat(%d, {off=0, len=8192}, %s, 0) = %s", fd,
	     came(n, pages, words("{nr_cache=%d, nr_dirty=%d, nr_writeback=%d, nr_evicted=%d, nr_recently_evicted=%d}", (int)pages[0], (int)pages[1],
				  (int)pages[2], (int)pages[3], (int)pages[4])), result(n));
}

static void copies(int fd)
{
	long n = call(__NR_dup, fd);
	want("dup(%d) = %s", fd, result(n));
	long m = call(__NR_dup2, fd, 50);
	want("dup2(%d, 50) = %s", fd, result(m));
	m = call(__NR_dup3, fd, 51, O_CLOEXEC);
	want("dup3(%d, 51, O_CLOEXEC) = %s", fd, result(m));
	m = call(__NR_close, n);
	want("close(%ld) = 0", n);
	n = call(__NR_close_range, 50, 51, 4);
	want("close_range(50, 51, CLOSE_RANGE_CLOEXEC) = %s", result(n));
	n = call(__NR_close_range, 50, -1, 2);
	want("close_range(50, 4294967295, CLOSE_RANGE_UNSHARE) = %s", result(n));
}

static void nameless(void)
{
	long fd = call(__NR_memfd_create, "a name", 1 | 2);
	want("memfd_create(\"a name\", MFD_CLOEXEC|MFD_ALLOW_SEALING) = %s", result(fd));
	call(__NR_close, fd);
	fd = call(__NR_memfd_create, "huge", 4 | 21 << 26);
	want("memfd_create(\"huge\", MFD_HUGETLB|21<<MFD_HUGE_SHIFT) = %s", result(fd));
	if (fd >= 0)
		call(__NR_close, fd);
	fd = call(__NR_memfd_create, "data", 8);
	want("memfd_create(\"data\", MFD_NOEXEC_SEAL) = %s", result(fd));
	if (fd >= 0)
		call(__NR_close, fd);
#ifdef __NR_memfd_secret
	fd = call(__NR_memfd_secret, O_CLOEXEC);
	want("memfd_secret(O_CLOEXEC) = %s", result(fd));
	if (fd >= 0)
		call(__NR_close, fd);
#endif
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC | O_LARGEFILE, 0600);
	if (fd < 0)
		return 1;
	whole_files(fd);
	pieces(fd);
	pipes(fd);
	stored(fd);
	copies(fd);
	nameless();
	return done();
}
