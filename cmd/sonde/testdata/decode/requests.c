/* Requests of terminals, disks, video, virtual machines and interfaces. */
#include "decode.h"
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <linux/blkpg.h>
#include <linux/blktrace_api.h>
#include <linux/blkzoned.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/input.h>
#include <linux/kd.h>
#include <linux/kvm.h>
#include <linux/nbd.h>
#include <linux/perf_event.h>
#include <linux/random.h>
#include <linux/rtc.h>
#include <linux/sockios.h>
#include <linux/videodev2.h>
#include <linux/watchdog.h>
#include <scsi/sg.h>

static void terminals(void)
{
	struct termios2 t = { .c_iflag = ICRNL | IXON, .c_oflag = OPOST | ONLCR, .c_cflag = B38400 | CS8 | CREAD, .c_lflag = ISIG | ICANON | ECHO, .c_cc = { 3, 28, 127, 21 }, .c_ispeed = 9600, .c_ospeed = 9600 };
	static const unsigned long requests[] = { TCGETS, TCGETS2, TCSETS2, TCSETSW2, TCSETSF2, TIOCGLCKTRMIOS, TIOCSLCKTRMIOS };
	for (unsigned i = 0; i < KNOWN(requests); i++) {
		call(__NR_ioctl, 3, requests[i], &t);
		call(__NR_ioctl, 3, requests[i], 0);
	}
}

static void numbers(void)
{
	static const unsigned long requests[] = {
		TIOCGSOFTCAR, TIOCSSOFTCAR, TIOCGEXCL, KDGETMODE, KDGKBTYPE, KDGKBMODE, KDGETLED, KDGKBLED, BLKSECTGET, BLKFRAGET,
		BLKBSZGET, BLKBSZSET, BLKGETZONESZ, BLKGETNRZONES, HDIO_GET_DMA, HDIO_GET_32BIT, SG_GET_VERSION_NUM,
		VIDIOC_STREAMON, VIDIOC_STREAMOFF, VIDIOC_G_INPUT, VIDIOC_S_INPUT, SIOCGPGRP, SIOCSPGRP, FIOGETOWN, FIOSETOWN, SIOCOUTQNSD,
		EVIOCGREP, EVIOCSREP, EVIOCGEFFECTS, EVIOCSCLOCKID, RTC_IRQP_READ, RTC_EPOCH_READ, WDIOC_GETSTATUS, WDIOC_GETBOOTSTATUS,
	};
	static const unsigned long words[] = {
		TIOCVHANGUP, KDSETMODE, KDSKBMODE, BLKTRACESTART, BLKTRACESTOP, BLKTRACETEARDOWN, BLKRASET, BLKFRASET, HDIO_SET_DMA,
		NBD_DO_IT, NBD_SET_SOCK, NBD_SET_SIZE, KVM_CREATE_VCPU, EVIOCRMFF, EVIOCREVOKE, RTC_IRQP_SET, RTC_VL_CLR, RNDRESEEDCRNG,
	};
	uint64_t number[] = { 1, 0 };
	for (unsigned i = 0; i < KNOWN(requests); i++)
		call(__NR_ioctl, 3, requests[i], number);
	for (unsigned i = 0; i < KNOWN(words); i++)
		call(__NR_ioctl, 3, words[i], 1);
}

static void structures(void)
{
	struct { struct fiemap map; struct fiemap_extent extents[2]; } blocks = { { 0, 4096, FIEMAP_FLAG_SYNC, 2, 2 }, { { 0, 8192, 4096, .fe_flags = FIEMAP_EXTENT_UNWRITTEN }, { 4096, 0, 4096, .fe_flags = FIEMAP_EXTENT_LAST | FIEMAP_EXTENT_SHARED } } };
	struct { struct file_dedupe_range range; struct file_dedupe_range_info info[2]; } same = { { 1, 2, 2 }, { { 4, 5, 6, 0 }, { 7, 8, 0, -EINVAL } } };
	struct file_clone_range clone = { 4, 1, 2, 3 };
	struct blk_user_trace_setup trace = { "sda", 1, 2, 3, 4, 5, 6 };
	struct blkpg_partition part = { 512, 1024, 3, "sda", "root" };
	struct blkpg_ioctl_arg pg = { BLKPG_ADD_PARTITION, 0, sizeof part, &part };
	struct v4l2_capability device = { "uvcvideo", "Camera", "usb-1", 6 << 16 | 1 << 8 | 2, V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_DEVICE_CAPS, V4L2_CAP_VIDEO_CAPTURE };
	struct v4l2_requestbuffers buffers = { .count = 4, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP };
	struct kvm_regs regs = { .rax = 1, .rsp = 2, .rip = 0xfff0, .rflags = 2 };
	struct kvm_sregs system = { .cs = { 0xffff0000, 0xffff, 0xf000, 11, 1, 0, 0, 1 }, .gdt = { 0x1000, 39 }, .cr0 = 0x60000010, .apic_base = 0xfee00900 };
	struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[1]; } cpuid = { { 1 }, { { 4, 1, KVM_CPUID_FLAG_SIGNIFCANT_INDEX, 5, 6, 7, 8 } } };
	struct ifreq map = { "eth0", .ifr_map = { 1, 2, 3, 4, 5, 6 } }, names = { "eth0", .ifr_newname = "lan0" }, hardware = { "eth0", .ifr_hwaddr = { ARPHRD_ETHER, "\1\2\3\4\5\6" } }, metric = { "eth0", .ifr_metric = 7 };
	struct { struct perf_event_query_bpf head; uint32_t ids[2]; } programs = { { 2, 2 }, { 7, 8 } };
	struct { struct rand_pool_info head; uint32_t bytes[1]; } entropy = { { 8, 4 }, { 0x04030201 } };

	call(__NR_ioctl, 3, FS_IOC_FIEMAP, &blocks);
	call(__NR_ioctl, 3, FIDEDUPERANGE, &same);
	call(__NR_ioctl, 3, FICLONERANGE, &clone);
	call(__NR_ioctl, 3, BLKTRACESETUP, &trace);
	call(__NR_ioctl, 3, BLKPG, &pg);
	call(__NR_ioctl, 3, VIDIOC_QUERYCAP, &device);
	call(__NR_ioctl, 3, VIDIOC_REQBUFS, &buffers);
	call(__NR_ioctl, 3, KVM_GET_REGS, &regs);
	call(__NR_ioctl, 3, KVM_SET_REGS, &regs);
	call(__NR_ioctl, 3, KVM_GET_SREGS, &system);
	call(__NR_ioctl, 3, KVM_SET_SREGS, &system);
	call(__NR_ioctl, 3, KVM_GET_SUPPORTED_CPUID, &cpuid);
	call(__NR_ioctl, 3, KVM_SET_CPUID2, &cpuid);
	call(__NR_ioctl, 3, SIOCGIFMAP, &map);
	call(__NR_ioctl, 3, SIOCSIFNAME, &names);
	call(__NR_ioctl, 3, SIOCGIFSLAVE, &names);
	call(__NR_ioctl, 3, SIOCSIFSLAVE, &names);
	call(__NR_ioctl, 3, SIOCADDMULTI, &hardware);
	call(__NR_ioctl, 3, SIOCSIFMETRIC, &metric);
	call(__NR_ioctl, 3, SIOCBRADDBR, "br0");
	call(__NR_ioctl, 3, PERF_EVENT_IOC_SET_FILTER, "pid == 1");
	call(__NR_ioctl, 3, PERF_EVENT_IOC_QUERY_BPF, &programs);
	call(__NR_ioctl, 3, RNDADDENTROPY, &entropy);
}

int main(void)
{
	pretend();
	terminals();
	numbers();
	structures();
	return 0;
}
