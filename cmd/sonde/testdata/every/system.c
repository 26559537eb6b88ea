// system.c: what belongs to the system as a whole, and numbers with nothing behind them.
//
// What would change the machine is called so that it fails: with a number that is not
// magic, a module that is none, an action that there is not.
#include "every.h"
#include "structs.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/kexec.h>
#include <linux/module.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <sys/random.h>

static void logs(void)
{
	char text[16];
	long n;

	n = call(__NR_syslog, 10 /* SYSLOG_ACTION_SIZE_BUFFER */, NULL, 0);
	want("syslog(SYSLOG_ACTION_SIZE_BUFFER, NULL, 0) = %s", result(n));
	n = call(__NR_syslog, 3 /* SYSLOG_ACTION_READ_ALL */, text, sizeof text);
	want("syslog(SYSLOG_ACTION_READ_ALL, %s, %zu) = %s", came(n, text, n > 0 ? bytes(text, n) : "\"\""), sizeof text, result(n));
	n = call(__NR_syslog, 99, NULL, 0);
	want("syslog(0x63 /* SYSLOG_ACTION_??? */, NULL, 0) = %s", result(n));
}

static void random_bytes(void)
{
	unsigned char data[8];
	char text[8 * 4 + 1] = "";
	long n = call(__NR_getrandom, data, sizeof data, GRND_NONBLOCK);

	for (int i = 0; i < n; i++)
		sprintf(text + 4 * i, "\\x%02x", data[i]);
	want("getrandom(%s, %zu, GRND_NONBLOCK) = %s", came(n, data, words("\"%s\"", text)), sizeof data, result(n));
}

static void refused(void)
{
	char module[] = "\177ELF, but no module";
	struct kexec_segment segments[1] = {{module, sizeof module, (void *)0x100000, 4096}};
	long n;
	int fd = open("/dev/null", O_RDONLY);

	n = call(__NR_init_module, module, sizeof module, "debug=1");
	want("init_module(%p, %zu, \"debug=1\") = %s", (void *)module, sizeof module, result(n));
	n = call(__NR_finit_module, fd, "debug=2", MODULE_INIT_IGNORE_VERMAGIC);
	want("finit_module(%d, \"debug=2\", MODULE_INIT_IGNORE_VERMAGIC) = %s", fd, result(n));
	n = call(__NR_delete_module, "sonde_every_none", O_NONBLOCK);
	want("delete_module(\"sonde_every_none\", O_NONBLOCK) = %s", result(n));
	// A flag that there is not: nothing is loaded (kexec_load_check in kernel/kexec.c).
	n = call(__NR_kexec_load, 0x1234, 1, segments, KEXEC_ON_CRASH | KEXEC_ARCH_386 | 0x4000);
	want("kexec_load(0x1234, 1, [{buf=%p, bufsz=%zu, mem=0x100000, memsz=4096}], KEXEC_ARCH_386|KEXEC_ON_CRASH|0x4000) = %s",
	     (void *)module, sizeof module, result(n));
#ifdef __x86_64__
	n = call(__NR_kexec_file_load, fd, -1, 6, "quiet", 0x1000);
	want("kexec_file_load(%d, -1, 6, \"quiet\\0\", 0x1000 /* KEXEC_FILE_??? */) = %s", fd, result(n));
#endif
	n = call(__NR_reboot, 0x12345678, LINUX_REBOOT_MAGIC2A, LINUX_REBOOT_CMD_RESTART2, "nowhere");
	want("reboot(0x12345678, LINUX_REBOOT_MAGIC2A, LINUX_REBOOT_CMD_RESTART2, \"nowhere\") = %s", result(n));
	n = call(__NR_iopl, 4);
	want("iopl(4) = %s", result(n));
	n = call(__NR_ioperm, 0xffffff, 1, 1);
	want("ioperm(0xffffff, 0x1, 1) = %s", result(n));
#ifdef __x86_64__
	n = call(__NR_lookup_dcookie, 0x123456789abcull, module, 4);
	want("lookup_dcookie(20015998343868, %p, 4) = %s", (void *)module, result(n));
#else
	n = call(__NR_lookup_dcookie, LOW_HIGH(0x123456789abcull), module, 4);
	want("lookup_dcookie(20015998343868, %p, 4) = %s", (void *)module, result(n));
#endif
	close(fd);
}

// A process without a terminal has none to hang up.
static void hang_up(void)
{
	setsid();
	want("vhangup() = %s", result(call(__NR_vhangup)));
}

static void programs(void)
{
	union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 3, .map_flags = 0};
	uint32_t key = 1;
	uint64_t value = 5;
	long fd, n;

	fd = call(__NR_bpf, BPF_MAP_CREATE, &map, 20);
	want("bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_ARRAY, key_size=4, value_size=8, max_entries=3, map_flags=0}, 20) = %s", result(fd));
	union bpf_attr element;
	memset(&element, 0, sizeof element);
	element.map_fd = fd;
	element.key = (uintptr_t)&key;
	element.value = (uintptr_t)&value;
	element.flags = BPF_EXIST;
	n = call(__NR_bpf, BPF_MAP_UPDATE_ELEM, &element, 32);
	want("bpf(BPF_MAP_UPDATE_ELEM, {map_fd=%ld, key=%p, value=%p, flags=BPF_EXIST}, 32) = %s", fd, (void *)&key, (void *)&value, result(n));
}

static void events(void)
{
	struct perf_event_attr attr;
	long fd;

	memset(&attr, 0, sizeof attr);
	attr.type = PERF_TYPE_SOFTWARE;
	attr.size = PERF_ATTR_SIZE_VER7;
	attr.config = PERF_COUNT_SW_TASK_CLOCK;
	attr.disabled = 1;
	attr.exclude_kernel = 1;
	attr.exclude_hv = 1;
	fd = call(__NR_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	const char *rest = "inherit=0, pinned=0, exclusive=0, exclude_user=0, exclude_kernel=1, exclude_hv=1, exclude_idle=0, mmap=0, comm=0, freq=0, "
		"inherit_stat=0, enable_on_exec=0, task=0, watermark=0, precise_ip=0 /* arbitrary skid */, mmap_data=0, sample_id_all=0, exclude_host=0, "
		"exclude_guest=0, exclude_callchain_kernel=0, exclude_callchain_user=0, mmap2=0, comm_exec=0, use_clockid=0, context_switch=0, "
		"write_backward=0, namespaces=0, ksymbol=0, bpf_event=0, aux_output=0, cgroup=0, text_poke=0, build_id=0, inherit_thread=0, "
		"remove_on_exec=0, sigtrap=0, wakeup_events=0, config1=0, config2=0, sample_regs_user=0, sample_regs_intr=0, aux_watermark=0, "
		"sample_max_stack=0, aux_sample_size=0, sig_data=0";
	want("perf_event_open({type=PERF_TYPE_SOFTWARE, size=PERF_ATTR_SIZE_VER7, config=PERF_COUNT_SW_TASK_CLOCK, sample_period=0, sample_type=0, "
	     "read_format=0, disabled=1, %s}, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) = %s", whole ? rest : "exclude_kernel=1, exclude_hv=1, precise_ip=0 /* arbitrary skid */, ...", result(fd));
}

// Numbers that never had a call, or whose calls are gone (unimplemented(2)). The
// kernel looks at no argument.
static void gone(void)
{
	long n = -ENOSYS;
	char *no = result(n);

	n = call(__NR_uselib, "/lib/none.so");
	want("uselib(\"/lib/none.so\") = %s", result(n));
	int name[2] = {1, 4};
	struct { int *name, nlen; void *oldval; size_t *oldlenp; void *newval; size_t newlen; } old_call = {name, 2, &n, NULL, NULL, 3};
	want("_sysctl({name=[1, 4], nlen=2, oldval=%p, oldlenp=NULL, newval=NULL, newlen=3}) = %s", (void *)&n, result(call(__NR__sysctl, &old_call)));
	want("create_module(\"none\", 4096) = %s", result(call(__NR_create_module, "none", 4096)));
	want("query_module(\"none\", 1, NULL, 0, NULL) = %s", result(call(__NR_query_module, "none", 1, NULL, 0, NULL)));
	want("get_kernel_syms(NULL) = %s", result(call(__NR_get_kernel_syms, NULL)));
	want("nfsservctl(1, NULL, NULL) = %s", result(call(__NR_nfsservctl, 1, NULL, NULL)));
	want("getpmsg(0x1, 0x2, 0x3, 0x4, 0x5) = %s", result(call(__NR_getpmsg, 1, 2, 3, 4, 5)));
	want("putpmsg(0x1, 0x2, 0x3, 0x4, 0x5) = %s", result(call(__NR_putpmsg, 1, 2, 3, 4, 5)));
	want("afs_syscall(0x1, 0x2, 0x3, 0x4, 0x5) = %s", result(call(__NR_afs_syscall, 1, 2, 3, 4, 5)));
	want("vserver(0x1, 0x2, 0x3, 0x4, 0x5) = %s", result(call(__NR_vserver, 1, 2, 3, 4, 5)));
#ifdef __x86_64__
	want("tuxcall(0x1, 0x2, 0x3) = %s", result(call(__NR_tuxcall, 1, 2, 3)));
	want("security(0x1, 0x2, 0x3) = %s", result(call(__NR_security, 1, 2, 3)));
	want("epoll_ctl_old(0x1, 0x2, 0x3, 0x4) = %s", result(call(__NR_epoll_ctl_old, 1, 2, 3, 4)));
	want("epoll_wait_old(0x1, 0x2, 0x3, 0x4) = %s", result(call(__NR_epoll_wait_old, 1, 2, 3, 4)));
#else
	want("break(0x1) = %s", result(call(__NR_break, 1)));
	want("ftime(0x1) = %s", result(call(__NR_ftime, 1)));
	want("gtty(0x1, 0x2) = %s", result(call(__NR_gtty, 1, 2)));
	want("stty(0x1, 0x2) = %s", result(call(__NR_stty, 1, 2)));
	want("idle() = %s", result(call(__NR_idle)));
	want("lock(0x1) = %s", result(call(__NR_lock, 1)));
	want("mpx(0x1) = %s", result(call(__NR_mpx, 1)));
	want("prof(0x1) = %s", result(call(__NR_prof, 1)));
	want("profil(0x1, 0x2, 0x3, 0x4) = %s", result(call(__NR_profil, 1, 2, 3, 4)));
	want("ulimit(0x1, 0x2) = %s", result(call(__NR_ulimit, 1, 2)));
	want("bdflush(0x1, 0x2) = %s", result(call(__NR_bdflush, 1, 2)));
	want("vm86(0xff, %p) = %s", (void *)&n, result(call(__NR_vm86, 0xff, &n)));
	want("vm86old(NULL) = %s", result(call(__NR_vm86old, NULL)));
#endif
	want("syscall_0xffff(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = %s", (n = call(0xffff, 1, 2, 3, 4, 5, 6), result(n)));
	(void)no;
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	logs();
	random_bytes();
	refused();
	apart(hang_up);
	programs();
	events();
	gone();
#ifdef __x86_64__
	unwanted("uretprobe", "ends a program that has no such probe by SIGILL");
	unwanted("uprobe", "ends a program that has no such probe by SIGILL");
#endif
	return done();
}
