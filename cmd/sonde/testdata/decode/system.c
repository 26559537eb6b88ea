/* bpf, perf, ptrace, landlock, mounts, marks and requests of devices. */
#include "decode.h"
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/kvm.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <linux/ptrace.h>
#include <linux/random.h>
#include <linux/rtc.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/user.h>

int main(void)
{
	getpid();
	pretend();
	union bpf_attr a;
	struct bpf_insn insns[] = { { .code = 0xb7, .dst_reg = 0, .imm = 0 }, { .code = 0x95 } };
	static char log[16] = "log";
#define ATTR(...) (a = (union bpf_attr){ __VA_ARGS__ }, &a)
	call(__NR_bpf, BPF_MAP_CREATE, ATTR(.map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 16), 16);
	call(__NR_bpf, BPF_MAP_CREATE, ATTR(.map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 16, .map_flags = BPF_F_NO_PREALLOC, .map_name = "name"), 72);
	call(__NR_bpf, BPF_MAP_LOOKUP_ELEM, ATTR(.map_fd = 3, .key = (uintptr_t)insns, .value = 0x1000), 32);
	call(__NR_bpf, BPF_MAP_UPDATE_ELEM, ATTR(.map_fd = 3, .key = 1, .value = 2, .flags = BPF_ANY), 32);
	call(__NR_bpf, BPF_MAP_DELETE_ELEM, ATTR(.map_fd = 3, .key = 1), 16);
	call(__NR_bpf, BPF_MAP_GET_NEXT_KEY, ATTR(.map_fd = 3, .key = 1, .next_key = 2), 24);
	call(__NR_bpf, BPF_PROG_LOAD, ATTR(.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2, .insns = (uintptr_t)insns, .license = (uintptr_t)"GPL", .log_level = 1, .log_size = 16, .log_buf = (uintptr_t)log, .prog_name = "p"), 72);
	call(__NR_bpf, BPF_OBJ_PIN, ATTR(.pathname = (uintptr_t)"/sys/fs/bpf/x", .bpf_fd = 3), 16);
	call(__NR_bpf, BPF_OBJ_GET, ATTR(.pathname = (uintptr_t)"/sys/fs/bpf/x", .file_flags = BPF_F_RDONLY), 20);
	call(__NR_bpf, BPF_PROG_ATTACH, ATTR(.target_fd = 3, .attach_bpf_fd = 4, .attach_type = BPF_CGROUP_INET_INGRESS, .attach_flags = BPF_F_ALLOW_OVERRIDE), 16);
	call(__NR_bpf, BPF_PROG_DETACH, ATTR(.target_fd = 3, .attach_type = BPF_CGROUP_INET_INGRESS), 16);
	call(__NR_bpf, BPF_PROG_GET_NEXT_ID, ATTR(.start_id = 1, .next_id = 2), 8);
	call(__NR_bpf, BPF_PROG_GET_FD_BY_ID, ATTR(.prog_id = 5), 4);
	call(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, ATTR(.info = { .bpf_fd = 3, .info_len = 4, .info = 0x1000 }), 16);
	call(__NR_bpf, BPF_LINK_CREATE, ATTR(.link_create = { .prog_fd = 3, .target_fd = 4, .attach_type = BPF_XDP }), 16);

	struct perf_event_attr p = { .type = PERF_TYPE_HARDWARE, .size = sizeof p, .config = PERF_COUNT_HW_INSTRUCTIONS, .sample_period = 100, .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID, .read_format = PERF_FORMAT_ID, .disabled = 1, .exclude_kernel = 1, .exclude_hv = 1 };
	call(__NR_perf_event_open, &p, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	p.freq = 1;
	p.type = PERF_TYPE_SOFTWARE;
	p.config = PERF_COUNT_SW_CPU_CLOCK;
	call(__NR_perf_event_open, &p, 0, -1, -1, 0);
	p.type = PERF_TYPE_HW_CACHE;
	p.config = PERF_COUNT_HW_CACHE_L1D | PERF_COUNT_HW_CACHE_OP_READ << 8 | PERF_COUNT_HW_CACHE_RESULT_MISS << 16;
	call(__NR_perf_event_open, &p, 0, -1, -1, 0);
	p = (struct perf_event_attr){ .type = PERF_TYPE_HARDWARE, .size = sizeof p, .config = 4ULL << 32 | PERF_COUNT_HW_CACHE_MISSES, .sample_type = PERF_SAMPLE_BRANCH_STACK, .branch_sample_type = PERF_SAMPLE_BRANCH_USER | PERF_SAMPLE_BRANCH_CALL_STACK, .watermark = 1, .wakeup_watermark = 9, .use_clockid = 1, .clockid = CLOCK_MONOTONIC };
	call(__NR_perf_event_open, &p, 0, -1, -1, 0);
	p = (struct perf_event_attr){ .type = PERF_TYPE_HW_CACHE, .size = sizeof p, .config = 4ULL << 32 | PERF_COUNT_HW_CACHE_LL };
	call(__NR_perf_event_open, &p, 0, -1, -1, 0);
	p = (struct perf_event_attr){ .type = PERF_TYPE_TRACEPOINT, .size = PERF_ATTR_SIZE_VER0, .config = 300 };
	call(__NR_perf_event_open, &p, 0, -1, -1, 0);
	p = (struct perf_event_attr){ .type = PERF_TYPE_BREAKPOINT, .size = sizeof p, .bp_type = 3, .bp_addr = 0x1000, .bp_len = 8 };
	call(__NR_perf_event_open, &p, 0, -1, -1, 0);

	static struct user_regs_struct regs = { .rip = 0x1000, .rsp = 0x2000, .orig_rax = 5 };
	struct ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_ENTRY, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = 1, .stack_pointer = 2, .entry = { 3, { 4, 5, 6, 7, 8, 9 } } };
	long word = 7;
	call(__NR_ptrace, PTRACE_TRACEME, 0, 0, 0);
	call(__NR_ptrace, PTRACE_PEEKTEXT, 5, 0x1000, &word);
	call(__NR_ptrace, PTRACE_PEEKUSR, 5, 128, &word);
	call(__NR_ptrace, PTRACE_POKEDATA, 5, 0x1000, 0x77);
	call(__NR_ptrace, PTRACE_CONT, 5, 0, SIGTERM);
	call(__NR_ptrace, PTRACE_GETREGS, 5, 0, &regs);
	call(__NR_ptrace, PTRACE_SETOPTIONS, 5, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK);
	call(__NR_ptrace, PTRACE_GETEVENTMSG, 5, 0, &word);
	call(__NR_ptrace, PTRACE_SEIZE, 5, 0, PTRACE_O_TRACEEXIT);
	call(__NR_ptrace, PTRACE_INTERRUPT, 5, 0, 0);
	call(__NR_ptrace, PTRACE_LISTEN, 5, 0, 0);
	call(__NR_ptrace, PTRACE_KILL, 5, 0, 0);
	call(__NR_ptrace, PTRACE_DETACH, 5, 0, SIGCONT);
	call(__NR_ptrace, PTRACE_GETSIGMASK, 5, 8, &word);
	call(__NR_ptrace, PTRACE_GET_SYSCALL_INFO, 5, sizeof info, &info);

	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int one = 1;
	long size = 4096;
	unsigned long long big = 8192;
	struct loop_info64 loop = { .lo_offset = 1, .lo_flags = LO_FLAGS_AUTOCLEAR, .lo_file_name = "f" };
	struct rtc_time rtc = { .tm_sec = 1, .tm_min = 2, .tm_hour = 3, .tm_mday = 4, .tm_mon = 5, .tm_year = 99 };
	struct fiemap { uint64_t s, l; uint32_t f, m, e, r; } fm = { 0, 100, 1, 0, 0, 0 };
	uint64_t range[2] = { 4096, 8192 };
	call(__NR_ioctl, 3, SIOCGIFINDEX, &ifr);
	call(__NR_ioctl, 3, SIOCGIFFLAGS, &ifr);
	call(__NR_ioctl, 3, SIOCSIFFLAGS, &ifr);
	ifr.ifr_addr.sa_family = AF_INET;
	call(__NR_ioctl, 3, SIOCGIFADDR, &ifr);
	call(__NR_ioctl, 3, SIOCSIFADDR, &ifr);
	ifr.ifr_hwaddr.sa_family = 1;
	memcpy(ifr.ifr_hwaddr.sa_data, "\1\2\3\4\5\6", 6);
	call(__NR_ioctl, 3, SIOCGIFHWADDR, &ifr);
	ifr.ifr_ifindex = 7;
	call(__NR_ioctl, 3, SIOCGIFNAME, &ifr);
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
	call(__NR_ioctl, 3, TUNSETIFF, &ifr);
	call(__NR_ioctl, 3, TUNSETPERSIST, 1);
	call(__NR_ioctl, 3, BLKROGET, &one);
	call(__NR_ioctl, 3, BLKGETSIZE, &size);
	call(__NR_ioctl, 3, BLKGETSIZE64, &big);
	call(__NR_ioctl, 3, BLKDISCARD, range);
	call(__NR_ioctl, 3, BLKFLSBUF, 0);
	call(__NR_ioctl, 3, LOOP_SET_FD, 5);
	call(__NR_ioctl, 3, LOOP_CLR_FD, 0);
	call(__NR_ioctl, 3, LOOP_SET_STATUS64, &loop);
	call(__NR_ioctl, 3, LOOP_CTL_GET_FREE, 0);
	call(__NR_ioctl, 3, RTC_RD_TIME, &rtc);
	call(__NR_ioctl, 3, RTC_UIE_ON, 0);
	call(__NR_ioctl, 3, RNDGETENTCNT, &one);
	call(__NR_ioctl, 3, RNDADDTOENTCNT, &one);
	call(__NR_ioctl, 3, FS_IOC_GETFLAGS, &one);
	call(__NR_ioctl, 3, FS_IOC_SETFLAGS, &one);
	call(__NR_ioctl, 3, FIFREEZE, 0);
	call(__NR_ioctl, 3, FITRIM, &(struct fstrim_range){ 0, 100, 5 });
	call(__NR_ioctl, 3, FICLONERANGE, &(struct file_clone_range){ 4, 1, 2, 3 });
	call(__NR_ioctl, 3, KVM_GET_API_VERSION, 0);
	call(__NR_ioctl, 3, KVM_CREATE_VM, 0);
	call(__NR_ioctl, 3, KVM_CREATE_VCPU, 1);
	call(__NR_ioctl, 3, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY);
	call(__NR_ioctl, 3, KVM_RUN, 0);
	call(__NR_ioctl, 3, KVM_SET_USER_MEMORY_REGION, &(struct kvm_userspace_memory_region){ 1, KVM_MEM_LOG_DIRTY_PAGES, 0x1000, 0x2000, 0x3000 });
	call(__NR_ioctl, 3, PERF_EVENT_IOC_ENABLE, 0);
	call(__NR_ioctl, 3, PERF_EVENT_IOC_PERIOD, &big);
	call(__NR_ioctl, 3, 0x80045430, &one);
	call(__NR_ioctl, 3, _IOC(_IOC_READ, 0xee, 0x77, 4), &one);

	call(__NR_mount, "none", "/mnt", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=1m");
	call(__NR_mount, 0, "/mnt", 0, MS_BIND | MS_REC, 0);
	call(__NR_mount, "none", "/mnt", 0, MS_PRIVATE | MS_REC, 0);
	call(__NR_mount, "none", "/mnt", "x", MS_MGC_VAL | MS_RDONLY, 0);
	call(__NR_fsconfig, 3, 0, "ro", 0, 0);
	call(__NR_fsconfig, 3, 1, "size", "1m", 0);
	call(__NR_fsconfig, 3, 2, "blob", "\1\2", 2);
	call(__NR_fsconfig, 3, 3, "lower", "/a", AT_FDCWD);
	call(__NR_fsconfig, 3, 5, "fd", 0, 7);
	call(__NR_fsconfig, 3, 6, 0, 0, 0);
	call(__NR_fanotify_init, FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_REPORT_FID, O_RDONLY | O_LARGEFILE);
	call(__NR_fanotify_mark, 3, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN | FAN_CLOSE | FAN_ONDIR, AT_FDCWD, "/");
	call(__NR_epoll_ctl, 3, EPOLL_CTL_ADD, 4, &(struct epoll_event){ EPOLLIN | EPOLLET, { .u64 = 0x500000004 } });
	return 0;
}
