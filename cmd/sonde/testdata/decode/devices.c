/* Requests of devices and of file systems, by what they take and give. */
#include "decode.h"
#include <linux/blkzoned.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/input.h>
#include <linux/loop.h>
#include <linux/nsfs.h>
#include <linux/perf_event.h>
#include <linux/rtc.h>
#include <linux/userfaultfd.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>

static void numbers(void *arg)
{
	static const unsigned long requests[] = {
		BLKIOMIN, BLKIOOPT, BLKALIGNOFF, BLKPBSZGET, BLKDISCARDZEROES, BLKROTATIONAL, BLKGETSIZE64, BLKSSZGET,
		WDIOC_SETTIMEOUT, PERF_EVENT_IOC_ID, NS_GET_OWNER_UID, SECCOMP_IOCTL_NOTIF_ID_VALID, EVIOCGVERSION,
	};
	for (unsigned i = 0; i < KNOWN(requests); i++) {
		*(uint64_t *)arg = i + 1;
		call(__NR_ioctl, 3, requests[i], arg);
	}
}

static void words(void)
{
	static const unsigned long requests[] = {
		LOOP_SET_DIRECT_IO, LOOP_SET_BLOCK_SIZE, LOOP_SET_CAPACITY, LOOP_SET_FD, WDIOC_KEEPALIVE, PERF_EVENT_IOC_REFRESH,
		PERF_EVENT_IOC_ENABLE, PERF_EVENT_IOC_DISABLE, PERF_EVENT_IOC_RESET, PERF_EVENT_IOC_SET_OUTPUT, PERF_EVENT_IOC_SET_BPF,
		PERF_EVENT_IOC_PAUSE_OUTPUT, NS_GET_USERNS, NS_GET_PARENT, NS_GET_NSTYPE, EVIOCGRAB,
	};
	for (unsigned i = 0; i < KNOWN(requests); i++)
		for (int word = 0; word < 3; word++)
			call(__NR_ioctl, 3, requests[i], word);
}

static void structures(void)
{
	struct hd_geometry geometry = { 255, 63, 1024, 2048 };
	struct loop_config loop = { .fd = 7, .block_size = 512, .info = { .lo_offset = 4096, .lo_number = 3, .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR, .lo_file_name = "image" } };
	struct rtc_wkalrm alarm = { 1, 0, { 1, 2, 3, 4, 5, 126, 6, 7, 0 } };
	struct uffdio_api api = { UFFD_API, UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_SIGBUS, (1ULL << _UFFDIO_REGISTER) | (1ULL << _UFFDIO_API) };
	struct uffdio_register range = { { 0x1000, 0x2000 }, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP, 1 << _UFFDIO_WAKE | 1 << _UFFDIO_COPY };
	struct uffdio_copy copy = { 0x1000, 0x2000, 0x3000, UFFDIO_COPY_MODE_DONTWAKE, 0x3000 };
	struct uffdio_zeropage zero = { { 0x1000, 0x2000 }, UFFDIO_ZEROPAGE_MODE_DONTWAKE, 0x2000 };
	struct fsxattr attributes = { FS_XFLAG_IMMUTABLE | FS_XFLAG_PROJINHERIT, 1, 2, 3, 4 };
	struct seccomp_notif asked = { 1, 2, 0, { 3, AUDIT_ARCH_X86_64, 0x4000, { 5, 6, 7, 8, 9, 10 } } };
	struct seccomp_notif_addfd added = { 1, SECCOMP_ADDFD_FLAG_SETFD, 3, 4, O_CLOEXEC };
	struct input_id id = { 1, 2, 3, 4 };
	char label[FSLABEL_MAX] = "a label";

	call(__NR_ioctl, 3, HDIO_GETGEO, &geometry);
	call(__NR_ioctl, 3, LOOP_CONFIGURE, &loop);
	call(__NR_ioctl, 3, RTC_WKALM_RD, &alarm);
	call(__NR_ioctl, 3, RTC_WKALM_SET, &alarm);
	call(__NR_ioctl, 3, UFFDIO_API, &api);
	call(__NR_ioctl, 3, UFFDIO_REGISTER, &range);
	call(__NR_ioctl, 3, UFFDIO_UNREGISTER, &range);
	call(__NR_ioctl, 3, UFFDIO_WAKE, &range);
	call(__NR_ioctl, 3, UFFDIO_COPY, &copy);
	call(__NR_ioctl, 3, UFFDIO_ZEROPAGE, &zero);
	call(__NR_ioctl, 3, FS_IOC_FSGETXATTR, &attributes);
	call(__NR_ioctl, 3, FS_IOC_FSSETXATTR, &attributes);
	call(__NR_ioctl, 3, FS_IOC_GETFSLABEL, label);
	call(__NR_ioctl, 3, FS_IOC_SETFSLABEL, label);
	call(__NR_ioctl, 3, SECCOMP_IOCTL_NOTIF_RECV, &asked);
	call(__NR_ioctl, 3, SECCOMP_IOCTL_NOTIF_ADDFD, &added);
	call(__NR_ioctl, 3, EVIOCGID, &id);
}

/* What is named alone: families whose structures are a world of their own, and later ones. */
static void names(void *arg)
{
	static const unsigned long requests[] = {
		0xc0406400, 0xc010640c, 0xc04064a0, 0x641e, 0x3b64, 0x3b65, 0xaa00, 0xc1105511, 0x80045500,
		0x8008b705, 0x8008b70d, 0x8010b70a, 0xff04, 0xc0686611, 0xc0606610, 0xc028aa05,
	};
	for (unsigned i = 0; i < KNOWN(requests); i++)
		call(__NR_ioctl, 3, requests[i], arg);
}

int main(void)
{
	uint64_t number = 0;
	pretend();
	numbers(&number);
	words();
	structures();
	number = 5;
	names(&number);
	return 0;
}
