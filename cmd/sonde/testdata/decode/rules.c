/* bpf, prctl, seccomp, Landlock and scheduling: what goes by a command and by a size. */
#include "decode.h"
#include <linux/bpf.h>
#include <linux/futex.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/fanotify.h>

static void commands(void)
{
	union bpf_attr a;
	static const unsigned ids[] = { 5, 6, 7 };
	static const char name[16] = "an event";
	static const char *symbols[] = { "do_fork", "do_exit" };
	static const uint64_t cookies[] = { 1, 0x1000 };
#define ATTR(...) (a = (union bpf_attr){ __VA_ARGS__ }, &a)
	call(__NR_bpf, BPF_MAP_CREATE, ATTR(.map_type = BPF_MAP_TYPE_BLOOM_FILTER, .value_size = 4, .max_entries = 8, .map_extra = 3), sizeof a);
	call(__NR_bpf, BPF_MAP_CREATE, ATTR(.map_type = BPF_MAP_TYPE_HASH), 3);
	call(__NR_bpf, BPF_MAP_LOOKUP_ELEM, ATTR(.map_fd = 3, .key = 0, .value = 0x1000), 24);
	call(__NR_bpf, BPF_MAP_LOOKUP_ELEM, ATTR(.map_fd = 3, .key = 1, .value = 2, .flags = BPF_F_LOCK), 32);
	call(__NR_bpf, BPF_MAP_LOOKUP_AND_DELETE_ELEM, ATTR(.map_fd = 3, .key = 1, .value = 2), sizeof a);
	call(__NR_bpf, BPF_MAP_FREEZE, ATTR(.map_fd = 3), sizeof a);
	call(__NR_bpf, BPF_PROG_LOAD, ATTR(.prog_type = BPF_PROG_TYPE_TRACING, .license = (uintptr_t)"GPL", .prog_flags = BPF_F_SLEEPABLE, .expected_attach_type = BPF_TRACE_FENTRY, .prog_btf_fd = 4, .func_info_rec_size = 8, .func_info = 0x1000, .func_info_cnt = 1, .line_info_rec_size = 16, .attach_btf_id = 7, .attach_prog_fd = 9, .fd_array = 0x2000), sizeof a);
	call(__NR_bpf, BPF_PROG_TEST_RUN, ATTR(.test = { .prog_fd = 3, .data_size_in = 64, .data_in = 0x1000, .repeat = 2 }), 40);
	call(__NR_bpf, BPF_PROG_TEST_RUN, ATTR(.test = { .prog_fd = 3, .ctx_size_in = 8, .ctx_in = 0x1000, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = 1, .batch_size = 5 }), sizeof a);
	call(__NR_bpf, BPF_PROG_GET_NEXT_ID, ATTR(.start_id = 3, .open_flags = BPF_F_RDONLY), 12);
	call(__NR_bpf, BPF_LINK_GET_NEXT_ID, ATTR(.start_id = 3), 8);
	call(__NR_bpf, BPF_MAP_GET_FD_BY_ID, ATTR(.map_id = 3, .open_flags = BPF_F_WRONLY), sizeof a);
	call(__NR_bpf, BPF_LINK_GET_FD_BY_ID, ATTR(.link_id = 3), 4);
	call(__NR_bpf, BPF_PROG_QUERY, ATTR(.query = { .target_fd = 3, .attach_type = BPF_CGROUP_DEVICE, .query_flags = BPF_F_QUERY_EFFECTIVE, .attach_flags = BPF_F_ALLOW_MULTI, .prog_ids = (uintptr_t)ids, .prog_cnt = 3 }), 28);
	call(__NR_bpf, BPF_TASK_FD_QUERY, ATTR(.task_fd_query = { .pid = 1, .fd = 2, .buf_len = 16, .buf = (uintptr_t)name, .prog_id = 4, .fd_type = BPF_FD_TYPE_TRACEPOINT, .probe_offset = 5 }), 48);
	call(__NR_bpf, BPF_MAP_LOOKUP_BATCH, ATTR(.batch = { .out_batch = 0x1000, .keys = 0x2000, .values = 0x3000, .count = 4, .map_fd = 5, .elem_flags = BPF_F_LOCK }), 56);
	call(__NR_bpf, BPF_MAP_UPDATE_BATCH, ATTR(.batch = { .keys = 0x2000, .values = 0x3000, .count = 4, .map_fd = 5 }), 56);
	call(__NR_bpf, BPF_MAP_DELETE_BATCH, ATTR(.batch = { .keys = 0x2000, .count = 4, .map_fd = 5, .flags = 1 }), sizeof a);
	call(__NR_bpf, BPF_LINK_UPDATE, ATTR(.link_update = { .link_fd = 3, .new_prog_fd = 4, .flags = BPF_F_REPLACE, .old_prog_fd = 5 }), 16);
	call(__NR_bpf, BPF_LINK_UPDATE, ATTR(.link_update = { .link_fd = 3, .new_prog_fd = 4 }), 16);
	call(__NR_bpf, BPF_LINK_CREATE, ATTR(.link_create = { .prog_fd = 3, .attach_type = BPF_TRACE_FENTRY }), sizeof a);
	call(__NR_bpf, BPF_LINK_CREATE, ATTR(.link_create = { .prog_fd = 3, .attach_type = BPF_PERF_EVENT, .perf_event = { 77 } }), 24);
	call(__NR_bpf, BPF_LINK_CREATE, ATTR(.link_create = { .prog_fd = 3, .attach_type = BPF_TRACE_KPROBE_MULTI, .kprobe_multi = { BPF_F_KPROBE_MULTI_RETURN, 2, (uintptr_t)symbols, 0, (uintptr_t)cookies } }), 48);
	call(__NR_bpf, BPF_LINK_CREATE, ATTR(.link_create = { .prog_fd = 3, .attach_type = BPF_TRACE_ITER, .iter_info = (uintptr_t)ids, .iter_info_len = 1 }), 28);
	/* What strace does not know. */
	call(__NR_bpf, BPF_LINK_CREATE, ATTR(.link_create = { .prog_fd = 3, .attach_type = BPF_TRACE_FENTRY, .tracing = { 7, 77 } }), sizeof a);
	call(__NR_bpf, BPF_ENABLE_STATS, ATTR(.enable_stats = { BPF_STATS_RUN_TIME }), 4);
	call(__NR_bpf, BPF_ITER_CREATE, ATTR(.iter_create = { 3, 0 }), 8);
	call(__NR_bpf, BPF_LINK_DETACH, ATTR(.link_detach = { 3 }), 4);
	call(__NR_bpf, BPF_PROG_BIND_MAP, ATTR(.prog_bind_map = { 3, 4, 0 }), 12);
}

static void options(void)
{
	struct sock_filter filter[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { KNOWN(filter), filter };
	int way = PR_UNALIGN_NOPRINT;
	unsigned short sizes[] = { 80, 24, 64 };
	for (int option = 1; option <= PR_SME_GET_VL; option++)
		if (option != PR_GET_PDEATHSIG && option != PR_SET_NAME && option != PR_SET_MM)
			for (long value = 0; value < 3; value++)
				call(__NR_prctl, option, value, 1, 2, 3);
	call(__NR_prctl, PR_GET_UNALIGN, &way, 0, 0, 0);
	call(__NR_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
	call(__NR_prctl, PR_SET_MM, PR_SET_MM_BRK, 0x1000, 0, 0);
	call(__NR_prctl, PR_SET_TAGGED_ADDR_CTRL, PR_TAGGED_ADDR_ENABLE | PR_MTE_TCF_SYNC | 5 << PR_MTE_TAG_SHIFT, 0, 0, 0);
	call(__NR_prctl, PR_SVE_SET_VL, PR_SVE_VL_INHERIT | 16, 0, 0, 0);
	call(__NR_prctl, PR_SET_SPECULATION_CTRL, PR_SPEC_INDIRECT_BRANCH, PR_SPEC_FORCE_DISABLE, 0, 0);
	call(__NR_prctl, PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x1000, 4096, "heap");
	call(__NR_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, sizes);
	call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static void sizes(void)
{
	uint64_t access[] = { LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REFER, 0, 0 };
	struct mount_attr attr = { MOUNT_ATTR_IDMAP | MOUNT_ATTR_NODEV, MOUNT_ATTR_RDONLY, MS_SLAVE, 7 };
	struct open_how how = { O_RDONLY, 0644, RESOLVE_BENEATH };
	struct clone_args clone = { .flags = CLONE_CHILD_SETTID, .exit_signal = SIGTSTP, .cgroup = 9 };
	struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority; uint64_t times[3]; uint32_t clamps[2]; } sched = { 56, 6, 0, 5, 6, { 7, 8, 9 }, { 10, 11 } };
	struct futex_waitv futex = { 1, 0, FUTEX_32, 0 };
	for (int size = 0; size <= 8; size += 4)
		call(__NR_landlock_create_ruleset, access, size, 0);
	call(__NR_landlock_create_ruleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION);
	for (int size = 24; size <= 32; size += 8)
		call(__NR_mount_setattr, AT_FDCWD, "/mnt", AT_RECURSIVE, &attr, size);
	for (int size = 16; size <= 24; size += 8)
		call(__NR_openat2, AT_FDCWD, "a", &how, size);
	for (int size = 64; size <= 88; size += 8)
		call(__NR_clone3, &clone, size);
	for (int flags = 1; flags <= SCHED_FLAG_UTIL_CLAMP_MAX; flags *= 2) {
		sched.flags = flags;
		call(__NR_sched_setattr, 0, &sched, 0);
		call(__NR_sched_getattr, 0, &sched, sizeof sched, 0);
	}
	call(__NR_futex_waitv, &futex, 1, 0, 0, CLOCK_MONOTONIC);
	call(__NR_fsconfig, 3, 2, "key", 0x1000, -5);
	call(__NR_fsconfig, 3, 6, 0x1000, 0, 0);
	call(__NR_fanotify_mark, 3, FAN_MARK_ADD, (uint64_t)FAN_OPEN, -1, 0);
	call(__NR_mount, "none", "/mnt", "tmpfs", 0x80000000, "");
}

int main(void)
{
	pretend();
	commands();
	options();
	sizes();
	return 0;
}
