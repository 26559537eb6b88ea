/* The calls for memory. */
#include "every.h"
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

enum { PAGE = 4096 };

/* The way to memory is another on each machine. */
#ifdef __i386__
#define NR_map __NR_mmap2
#else
#define NR_map __NR_mmap
#endif

static char *map_pages(int n)
{
	return (char *)call(NR_map, 0, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void heap(void)
{
	long n = call(__NR_brk, 0);
	want("brk(NULL) = %s", result_at(n));
	long start = n;
	n = call(__NR_brk, start + 2 * PAGE);
	want("brk(%#lx) = %s", start + 2 * PAGE, result_at(n));
}

static void mappings(int file)
{
#ifdef __i386__
	uint32_t args[6] = { 0, 2 * PAGE, PROT_READ, MAP_PRIVATE, file, PAGE };
	long n = call(__NR_mmap, args);
	want("mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, %d, 0x1000) = %s", file, result_at(n));
	call(__NR_munmap, n, 2 * PAGE);
	n = call(__NR_mmap2, 0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 2);
	want("mmap2(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_POPULATE, %d, 0x2000) = %s", file, result_at(n));
#else
	long n = call(__NR_mmap, 0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 2 * PAGE);
	want("mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_POPULATE, %d, 0x2000) = %s", file, result_at(n));
#endif
	long shared = n;
	n = call(__NR_msync, shared, 2 * PAGE, MS_ASYNC | MS_INVALIDATE);
	want("msync(%#lx, 8192, MS_ASYNC|MS_INVALIDATE) = %s", shared, result(n));
	n = call(__NR_remap_file_pages, shared, PAGE, 0, 1, MAP_NONBLOCK);
	want("remap_file_pages(%#lx, 4096, PROT_NONE, 1, MAP_NONBLOCK) = %s", shared, result(n));
	n = call(__NR_munmap, shared, 2 * PAGE);
	want("munmap(%#lx, 8192) = %s", shared, result(n));

	char *p = map_pages(16);
	n = call(NR_map, p, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
#ifdef __i386__
	want("mmap2(%p, 4096, PROT_NONE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0) = %s", p, result_at(n));
#else
	want("mmap(%p, 4096, PROT_NONE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0) = %s", p, result_at(n));
#endif
	n = call(__NR_mprotect, p, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	want("mprotect(%p, 4096, PROT_READ|PROT_WRITE|PROT_EXEC) = %s", p, result(n));
	n = call(__NR_mremap, p + 8 * PAGE, 2 * PAGE, PAGE, 0);
	want("mremap(%p, 8192, 4096, 0) = %s", p + 8 * PAGE, result_at(n));
	n = call(__NR_mremap, p + 4 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 12 * PAGE);
	want("mremap(%p, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, %p) = %s", p + 4 * PAGE, p + 12 * PAGE, result_at(n));
	n = call(__NR_mremap, p + 6 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
	want("mremap(%p, 4096, 4096, MREMAP_MAYMOVE|MREMAP_DONTUNMAP, NULL) = %s", p + 6 * PAGE, result_at(n));

	p = map_pages(4);
	p[0] = p[2 * PAGE] = 1;
	unsigned char in[4] = { 0 };
	n = call(__NR_mincore, p, 4 * PAGE, in);
	want("mincore(%p, 16384, %s) = %s", p, came(n, in, words("[%d, %d, %d, %d]", in[0], in[1], in[2], in[3])), result(n));
	n = call(NR_mseal, p, PAGE, 0);
	want("mseal(%p, 4096, 0) = %s", p, result(n));
	n = call(NR_map_shadow_stack, 0, PAGE, 1);
	want("map_shadow_stack(NULL, 4096, SHADOW_STACK_SET_TOKEN) = %s", result_at(n));
}

/* Advice that only tells; the others are for pages that are there for it. */
static void advice(void)
{
	static const struct { int number; const char *name; } all[] = {
		{ 0, "MADV_NORMAL" }, { 1, "MADV_RANDOM" }, { 2, "MADV_SEQUENTIAL" }, { 3, "MADV_WILLNEED" },
		{ 4, "MADV_DONTNEED" }, { 8, "MADV_FREE" }, { 9, "MADV_REMOVE" }, { 10, "MADV_DONTFORK" }, { 11, "MADV_DOFORK" },
		{ 12, "MADV_MERGEABLE" }, { 13, "MADV_UNMERGEABLE" }, { 14, "MADV_HUGEPAGE" }, { 15, "MADV_NOHUGEPAGE" },
		{ 16, "MADV_DONTDUMP" }, { 17, "MADV_DODUMP" }, { 18, "MADV_WIPEONFORK" }, { 19, "MADV_KEEPONFORK" },
		{ 20, "MADV_COLD" }, { 21, "MADV_PAGEOUT" }, { 22, "MADV_POPULATE_READ" }, { 23, "MADV_POPULATE_WRITE" },
		{ 24, "MADV_DONTNEED_LOCKED" }, { 25, "MADV_COLLAPSE" }, { 102, "MADV_GUARD_INSTALL" }, { 103, "MADV_GUARD_REMOVE" },
	};
	char *p = map_pages(2);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		long n = call(__NR_madvise, p, 2 * PAGE, all[i].number);
		want("madvise(%p, 8192, %s) = %s", p, all[i].name, result(n));
	}

	long self = call(__NR_pidfd_open, getpid(), 0);
	struct iovec ranges[2] = { { p, PAGE }, { p + PAGE, PAGE } };
	long n = call(__NR_process_madvise, self, ranges, 2, 20, 0);
	want("process_madvise(%ld, [{iov_base=%p, iov_len=4096}, {iov_base=%p, iov_len=4096}], 2, MADV_COLD, 0) = %s",
	     self, p, p + PAGE, result(n));
	call(__NR_close, self);

	pid_t child = fork();
	if (child == 0)
		for (;;)
			pause();
	long dying = call(__NR_pidfd_open, child, 0);
	call(__NR_kill, child, 9);
	n = call(__NR_process_mrelease, dying, 0);
	want("process_mrelease(%ld, 0) = %s", dying, result(n));
	waitpid(child, NULL, 0);
	call(__NR_close, dying);
}

static void locks(void)
{
	char *p = map_pages(2);
	long n = call(__NR_mlock, p, PAGE);
	want("mlock(%p, 4096) = %s", p, result(n));
	n = call(__NR_mlock2, p, 2 * PAGE, 1);
	want("mlock2(%p, 8192, MLOCK_ONFAULT) = %s", p, result(n));
	n = call(__NR_munlock, p, 2 * PAGE);
	want("munlock(%p, 8192) = %s", p, result(n));
	n = call(__NR_mlockall, 1 | 4);
	want("mlockall(MCL_CURRENT|MCL_ONFAULT) = %s", result(n));
	n = call(__NR_munlockall);
	want("munlockall() = %s", result(n));
}

static void keys(void)
{
	char *p = map_pages(1);
	long key = call(__NR_pkey_alloc, 0, 1 | 2);
	want("pkey_alloc(0, PKEY_DISABLE_ACCESS|PKEY_DISABLE_WRITE) = %s", result(key));
	long n = call(__NR_pkey_mprotect, p, PAGE, PROT_READ, key);
	want("pkey_mprotect(%p, 4096, PROT_READ, %ld) = %s", p, key, result(n));
	n = call(__NR_pkey_free, key);
	want("pkey_free(%ld) = %s", key, result(n));
}

/* mode_name is what get_mempolicy stores. */
static char *mode_name(int mode)
{
	return words("[%s%s]", (mode & 0x1fff) == MPOL_PREFERRED ? "MPOL_PREFERRED" : "MPOL_DEFAULT",
		     mode & MPOL_F_STATIC_NODES ? "|MPOL_F_STATIC_NODES" : "");
}

static void policies(void)
{
	const int bits = 8 * sizeof(long);
	char *p = map_pages(2);
	p[0] = 1;
	unsigned long first = 1, second = 1, all[1] = { 0 };
	long n = call(__NR_mbind, p, PAGE, MPOL_BIND, &first, bits, MPOL_MF_STRICT | MPOL_MF_MOVE);
	want("mbind(%p, 4096, MPOL_BIND, %s, %d, MPOL_MF_STRICT|MPOL_MF_MOVE) = %s", p, "[0x1]", bits, result(n));
	n = call(__NR_set_mempolicy_home_node, p, PAGE, 0, 0);
	want("set_mempolicy_home_node(%p, 4096, 0, 0) = %s", p, result(n));
	n = call(__NR_set_mempolicy, MPOL_PREFERRED | MPOL_F_STATIC_NODES, &first, bits);
	want("set_mempolicy(MPOL_PREFERRED|MPOL_F_STATIC_NODES, %s, %d) = %s", "[0x1]", bits, result(n));
	int mode = -1;
	n = call(__NR_get_mempolicy, &mode, all, bits, 0, 0);
	want("get_mempolicy(%s, %s, %d, NULL, 0) = %s", came(n, &mode, mode_name(mode)),
	     came(n, all, words("[%#lx]", all[0])), bits, result(n));
	n = call(__NR_get_mempolicy, &mode, 0, 0, p, MPOL_F_NODE | MPOL_F_ADDR);
	want("get_mempolicy(%s, NULL, 0, %p, MPOL_F_NODE|MPOL_F_ADDR) = %s", came(n, &mode, words("[%d]", mode)), p, result(n));
	n = call(__NR_set_mempolicy, MPOL_DEFAULT, 0, 0);
	want("set_mempolicy(MPOL_DEFAULT, NULL, 0) = %s", result(n));
	n = call(__NR_migrate_pages, 0, bits, &first, &second);
	want("migrate_pages(0, %d, %s, %s) = %s", bits, "[0x1]", "[0x1]", result(n));
	void *pages[2] = { p, p + PAGE };
	int to[2] = { 0, 0 }, status[2] = { 7, 7 };
	n = call(__NR_move_pages, 0, 2, pages, to, status, MPOL_MF_MOVE);
	want("move_pages(0, 2, [%p, %p], [0, 0], %s, MPOL_MF_MOVE) = %s", p, p + PAGE,
	     came(n, status, words("[%s, %s]", status[0] < 0 ? words("-%s", strerrorname_np(-status[0])) : words("%d", status[0]),
				   status[1] < 0 ? words("-%s", strerrorname_np(-status[1])) : words("%d", status[1]))), result(n));
}

static void others(void)
{
	char from[40] = "all of this is copied, and shown in part", to[40] = "", rest[4] = "";
	struct iovec local[2] = { { to, 30 }, { rest, 4 } }, remote[1] = { { from, 40 } };
	long n = call(__NR_process_vm_readv, getpid(), local, 2, remote, 1, 0);
	want("process_vm_readv(%d, [{iov_base=\"all of this is copied, and sho\", iov_len=30}, {iov_base=\"wn i\", iov_len=4}], 2, [{iov_base=%p, iov_len=40}], 1, 0) = %s",
	     getpid(), from, result(n));
	n = call(__NR_process_vm_writev, getpid(), local, 2, remote, 1, 0);
	want("process_vm_writev(%d, [{iov_base=\"all of this is copied, and sho\", iov_len=30}, {iov_base=\"wn i\", iov_len=4}], 2, [{iov_base=%p, iov_len=40}], 1, 0) = %s",
	     getpid(), from, result(n));
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	int file = open("file", O_RDWR | O_CREAT, 0600);
	if (file < 0 || ftruncate(file, 4 * PAGE))
		return 1;
	heap();
	mappings(file);
	advice();
	locks();
	keys();
	policies();
	others();
	return done();
}
