// threads.c: what threads wait by, and what they and the processor know of each other.
#include "every.h"
#include "structs.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/rseq.h>
#include <signal.h>
#include <stddef.h>
#include <asm/ldt.h>
#ifdef __x86_64__
#include <asm/prctl.h>
#endif

static uint32_t words_of[4] = {5, 6, 7, 8};

static void futexes(void)
{
	uint32_t *a = words_of, *b = words_of + 1;
	struct { long sec, nsec; } soon = {0, 1000};
	long n;

	n = call(__NR_futex, a, FUTEX_WAIT_PRIVATE, 4, NULL, 0, 0);
	want("futex(%p, FUTEX_WAIT_PRIVATE, 4, NULL) = %s", (void *)a, result(n));
	n = call(__NR_futex, a, FUTEX_WAIT, 5, &soon, 0, 0);
	want("futex(%p, FUTEX_WAIT, 5, {tv_sec=0, tv_nsec=1000}) = %s", (void *)a, result(n));
	n = call(__NR_futex, a, FUTEX_WAKE_PRIVATE, 0x7fffffff, 0, 0, 0);
	want("futex(%p, FUTEX_WAKE_PRIVATE, 2147483647) = %s", (void *)a, result(n));
	n = call(__NR_futex, a, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 5, &soon, 0, FUTEX_BITSET_MATCH_ANY);
	want("futex(%p, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 5, {tv_sec=0, tv_nsec=1000}, FUTEX_BITSET_MATCH_ANY) = %s",
	     (void *)a, result(n));
	n = call(__NR_futex, a, FUTEX_WAKE_BITSET, 1, 0, 0, 0x10);
	want("futex(%p, FUTEX_WAKE_BITSET, 1, 0x10) = %s", (void *)a, result(n));
	n = call(__NR_futex, a, FUTEX_REQUEUE, 1, 2, b, 0);
	want("futex(%p, FUTEX_REQUEUE, 1, 2, %p) = %s", (void *)a, (void *)b, result(n));
	n = call(__NR_futex, a, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, b, 5);
	want("futex(%p, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, %p, 5) = %s", (void *)a, (void *)b, result(n));
	n = call(__NR_futex, a, FUTEX_WAKE_OP_PRIVATE, 1, 1, b, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_GT, 4));
	want("futex(%p, FUTEX_WAKE_OP_PRIVATE, 1, 1, %p, FUTEX_OP_ADD<<28|0x3<<12|FUTEX_OP_CMP_GT<<24|0x4) = %s", (void *)a, (void *)b, result(n));
	n = call(__NR_futex, a, FUTEX_WAKE_OP, 1, 1, b, FUTEX_OP(8u, 0, FUTEX_OP_CMP_EQ, 0));
	want("futex(%p, FUTEX_WAKE_OP, 1, 1, %p, FUTEX_OP_OPARG_SHIFT<<28|FUTEX_OP_SET<<28|0<<12|FUTEX_OP_CMP_EQ<<24|0) = %s", (void *)a, (void *)b, result(n));
	n = call(__NR_futex, a, FUTEX_WAKE_OP, 1, 1, b, FUTEX_OP(7, 12, 9, 0xffe));
	want("futex(%p, FUTEX_WAKE_OP, 1, 1, %p, 0x7<<28 /* FUTEX_OP_??? */|0xc<<12|0x9<<24 /* FUTEX_OP_CMP_??? */|0xffe) = %s", (void *)a, (void *)b, result(n));
	n = call(__NR_futex, words_of + 2, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0);
	want("futex(%p, FUTEX_UNLOCK_PI_PRIVATE) = %s", (void *)(words_of + 2), result(n));
	words_of[3] = 0;
	n = call(__NR_futex, words_of + 3, FUTEX_LOCK_PI_PRIVATE, 0, NULL, 0, 0);
	want("futex(%p, FUTEX_LOCK_PI_PRIVATE, NULL) = %s", (void *)(words_of + 3), result(n));
	n = call(__NR_futex, words_of + 3, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0);
	want("futex(%p, FUTEX_UNLOCK_PI_PRIVATE) = %s", (void *)(words_of + 3), result(n));
	n = call(__NR_futex, words_of + 3, FUTEX_TRYLOCK_PI, 0, 0, 0, 0);
	want("futex(%p, FUTEX_TRYLOCK_PI) = %s", (void *)(words_of + 3), result(n));
	call(__NR_futex, words_of + 3, FUTEX_UNLOCK_PI, 0, 0, 0, 0);
	n = call(__NR_futex, a, FUTEX_WAIT_REQUEUE_PI_PRIVATE | FUTEX_CLOCK_REALTIME, 4, &soon, b, 0);
	want("futex(%p, FUTEX_WAIT_REQUEUE_PI_PRIVATE|FUTEX_CLOCK_REALTIME, 4, {tv_sec=0, tv_nsec=1000}, %p) = %s", (void *)a, (void *)b, result(n));
	n = call(__NR_futex, a, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, 3, b, 5);
	want("futex(%p, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, 3, %p, 5) = %s", (void *)a, (void *)b, result(n));
#ifdef __i386__
	struct { int64_t sec, nsec; } later = {0, 2000};
	n = call(__NR_futex_time64, a, FUTEX_WAIT_PRIVATE, 5, &later, 0, 0);
	want("futex_time64(%p, FUTEX_WAIT_PRIVATE, 5, {tv_sec=0, tv_nsec=2000}) = %s", (void *)a, result(n));
#endif
}

#ifndef FUTEX_32
struct futex_waitv { uint64_t val, uaddr; uint32_t flags, reserved; };
#define FUTEX_32 2
#endif
#define FUTEX2_SIZE_U32 2
#define FUTEX2_PRIVATE FUTEX_PRIVATE_FLAG

static void futexes2(void)
{
	struct futex_waitv v[2] = {{4, (uintptr_t)words_of, FUTEX2_SIZE_U32 | FUTEX2_PRIVATE, 0}, {9, (uintptr_t)(words_of + 1), FUTEX2_SIZE_U32, 0}};
	struct { int64_t sec, nsec; } soon = {0, 3000};
	char *list = words("[{val=0x4, uaddr=%p, flags=FUTEX2_SIZE_U32|FUTEX2_PRIVATE}, {val=0x9, uaddr=%p, flags=FUTEX2_SIZE_U32}]", (void *)words_of, (void *)(words_of + 1));
	long n;

	n = call(__NR_futex_waitv, v, 2, 0, &soon, 1);
	want("futex_waitv(%s, 2, 0, {tv_sec=0, tv_nsec=3000}, CLOCK_MONOTONIC) = %s", list, result(n));
	n = call(NR_futex_wake, words_of, 0xff, 3, FUTEX2_SIZE_U32 | FUTEX2_PRIVATE);
	want("futex_wake(%p, 0xff, 3, FUTEX2_SIZE_U32|FUTEX2_PRIVATE) = %s", (void *)words_of, result(n));
	n = call(NR_futex_wait, words_of, 1, 0xff, FUTEX2_SIZE_U32, &soon, 0);
	want("futex_wait(%p, 0x1, 0xff, FUTEX2_SIZE_U32, {tv_sec=0, tv_nsec=3000}, CLOCK_REALTIME) = %s", (void *)words_of, result(n));
	n = call(NR_futex_requeue, v, 0, 1, 2);
	want("futex_requeue(%s, 0, 1, 2) = %s", list, result(n));
}

static void lists(void)
{
	static struct { void *next; long offset; void *pending; } list, *got;
	static uint32_t area[16] __attribute__((aligned(32)));
	unsigned long size;
	unsigned cpu, node;
	int tid;
	long n;

	list.next = &list;
	n = call(__NR_set_robust_list, &list, sizeof list);
	want("set_robust_list(%p, %zu) = %s", (void *)&list, sizeof list, result(n));
	n = call(__NR_get_robust_list, 0, &got, &size);
	want("get_robust_list(0, [%p], [%zu]) = %s", (void *)&list, sizeof list, result(n));
	n = call(__NR_set_tid_address, &tid);
	want("set_tid_address(%p) = %s", (void *)&tid, result(n));
	n = call(__NR_set_tid_address, NULL);
	n = call(__NR_rseq, area, 32, RSEQ_FLAG_UNREGISTER, 0x53053053);
	want("rseq(%p, 0x20, RSEQ_FLAG_UNREGISTER, 0x53053053) = %s", (void *)area, result(n));
	n = call(NR_rseq_slice_yield);
	want("rseq_slice_yield() = %s", result(n));
	n = call(__NR_getcpu, &cpu, &node, NULL);
	want("getcpu([%u], [%u], NULL) = %s", cpu, node, result(n));
	n = call(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	want("membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0) = %s", result(n));
	n = call(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
	want("membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0) = %s", result(n));
}

static char *descriptor(const struct user_desc *d, const char *number)
{
	return words("{entry_number=%s, base_addr=%#x, limit=%#x, seg_32bit=%u, contents=%u, read_exec_only=%u, limit_in_pages=%u, "
		     "seg_not_present=%u, useable=%u%s}", number, d->base_addr, d->limit, d->seg_32bit, d->contents, d->read_exec_only,
		     d->limit_in_pages, d->seg_not_present, d->useable,
		     sizeof(long) == 8 ? ", lm=0" : "");
}

static void segments(void)
{
	struct user_desc d = {.entry_number = 7, .base_addr = 0x1000, .limit = 0xfff, .seg_32bit = 1, .useable = 1};
	char table[64];
	long n;

	n = call(__NR_modify_ldt, 1, &d, sizeof d);
	want("modify_ldt(1, %s, %zu) = %s", descriptor(&d, "7"), sizeof d, result(n));
	n = call(__NR_modify_ldt, 0, table, sizeof table);
	want("modify_ldt(0, %s, %zu) = %s", came(n, table, bytes(table, n)), sizeof table, result(n));
#ifdef __i386__
	struct user_desc t = {.entry_number = -1, .base_addr = 0x2000, .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1, .useable = 1};
	n = call(__NR_set_thread_area, &t);
	want("set_thread_area(%s) = %s", descriptor(&t, failed(n) ? "-1" : words("-1 => %d", t.entry_number)), result(n));
	struct user_desc g = {.entry_number = t.entry_number};
	n = call(__NR_get_thread_area, &g);
	want("get_thread_area(%s) = %s", descriptor(&g, words("%d", g.entry_number)), result(n));
#else
	n = call(__NR_set_thread_area, &d); // it is of 32-bit programs
	want("set_thread_area(%s) = %s", descriptor(&d, "7"), result(n));
	n = call(__NR_get_thread_area, &d);
	want("get_thread_area(%p) = %s", (void *)&d, result(n));
#endif
#ifdef __x86_64__
	unsigned long base = 0;
	n = call(__NR_arch_prctl, ARCH_GET_FS, &base);
	want("arch_prctl(ARCH_GET_FS, [%#lx]) = %s", base, result(n));
	n = call(__NR_arch_prctl, ARCH_SET_FS, base);
	want("arch_prctl(ARCH_SET_FS, %#lx) = %s", base, result(n));
	n = call(__NR_arch_prctl, ARCH_SET_GS, 0x5000);
	want("arch_prctl(ARCH_SET_GS, 0x5000) = %s", result(n));
	n = call(__NR_arch_prctl, ARCH_GET_GS, &base);
	want("arch_prctl(ARCH_GET_GS, [0x5000]) = %s", result(n));
#endif
	n = call(__NR_arch_prctl, 0x1011 /* ARCH_GET_CPUID */);
	want("arch_prctl(ARCH_GET_CPUID) = %s", failed(n) ? result(n) : words("%ld", n));
	n = call(__NR_arch_prctl, 0x1012 /* ARCH_SET_CPUID */, 1);
	want("arch_prctl(ARCH_SET_CPUID, 1) = %s", result(n));
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	futexes();
	futexes2();
	lists();
	segments();
	return done();
}
