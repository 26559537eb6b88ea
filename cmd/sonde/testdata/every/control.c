/* fcntl and ioctl: every command of the first, and the common requests of the second. */
#include "every.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/random.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <asm/termbits.h>

/* fcntl64 is fcntl with more commands, and i386's alone. */
static long number = __NR_fcntl;
static const char *name = "fcntl";

static void plain(int fd)
{
	long n = call(number, fd, F_DUPFD, 40);
	want("%s(%d, F_DUPFD, 40) = %s", name, fd, result(n));
	call(__NR_close, n);
	n = call(number, fd, F_DUPFD_CLOEXEC, 41);
	want("%s(%d, F_DUPFD_CLOEXEC, 41) = %s", name, fd, result(n));
	call(__NR_close, n);
	n = call(number, fd, F_SETFD, FD_CLOEXEC);
	want("%s(%d, F_SETFD, FD_CLOEXEC) = 0", name, fd);
	n = call(number, fd, F_GETFD);
	want("%s(%d, F_GETFD) = 0x1 (flags FD_CLOEXEC)", name, fd);
	n = call(number, fd, F_SETFL, O_RDWR | O_APPEND | O_NONBLOCK | 0100000);
	want("%s(%d, F_SETFL, O_RDWR|O_APPEND|O_NONBLOCK|O_LARGEFILE) = 0", name, fd);
	n = call(number, fd, F_GETFL);
	want("%s(%d, F_GETFL) = %#lx (flags O_RDWR|O_APPEND|O_NONBLOCK%s)", name, fd, n, n & 0100000 ? "|O_LARGEFILE" : "");
	n = call(number, fd, F_SETOWN, getpid());
	want("%s(%d, F_SETOWN, %d) = %s", name, fd, getpid(), result(n));
	n = call(number, fd, F_GETOWN);
	want("%s(%d, F_GETOWN) = %d", name, fd, getpid());
	struct { int type, pid; } owner = { 1, getpid() };
	n = call(number, fd, 15, &owner);
	want("%s(%d, F_SETOWN_EX, {type=F_OWNER_PID, pid=%d}) = %s", name, fd, getpid(), result(n));
	n = call(number, fd, 16, &owner);
	want("%s(%d, F_GETOWN_EX, {type=F_OWNER_PID, pid=%d}) = %s", name, fd, getpid(), result(n));
	unsigned ids[2] = { 7, 7 };
	n = call(number, fd, 17, ids);
	want("%s(%d, F_GETOWNER_UIDS, %s) = %s", name, fd, came(n, ids, words("[%u, %u]", ids[0], ids[1])), result(n));
	n = call(number, fd, F_SETSIG, SIGUSR1);
	want("%s(%d, F_SETSIG, SIGUSR1) = %s", name, fd, result(n));
	n = call(number, fd, F_GETSIG);
	want("%s(%d, F_GETSIG) = %ld (SIGUSR1)", name, fd, n);
	n = call(number, fd, F_SETLEASE, F_RDLCK);
	want("%s(%d, F_SETLEASE, F_RDLCK) = %s", name, fd, result(n));
	n = call(number, fd, F_GETLEASE);
	want("%s(%d, F_GETLEASE) = 0x2 (F_UNLCK)", name, fd);
	uint64_t hint = 2;
	n = call(number, fd, 1036, &hint);
	want("%s(%d, F_SET_RW_HINT, [RWH_WRITE_LIFE_SHORT]) = %s", name, fd, result(n));
	n = call(number, fd, 1035, &hint);
	want("%s(%d, F_GET_RW_HINT, %s) = %s", name, fd, came(n, &hint, "[RWH_WRITE_LIFE_SHORT]"), result(n));
}

static void others(int fd)
{
	int p[2];
	if (pipe(p))
		exit(1);
	long n = call(number, p[0], F_SETPIPE_SZ, 8192);
	want("%s(%d, F_SETPIPE_SZ, 8192) = %s", name, p[0], result(n));
	n = call(number, p[0], F_GETPIPE_SZ);
	want("%s(%d, F_GETPIPE_SZ) = %s", name, p[0], result(n));
	close(p[0]), close(p[1]);
	long sealed = call(__NR_memfd_create, "sealed", 2);
	n = call(number, sealed, F_ADD_SEALS, 2 | 4);
	want("%s(%ld, F_ADD_SEALS, F_SEAL_SHRINK|F_SEAL_GROW) = %s", name, sealed, result(n));
	n = call(number, sealed, F_GET_SEALS);
	want("%s(%ld, F_GET_SEALS) = 0x6 (seals F_SEAL_SHRINK|F_SEAL_GROW)", name, sealed);
	close(sealed);
	int dir = open(".", O_RDONLY);
	n = call(number, dir, F_NOTIFY, 4);
	want("%s(%d, F_NOTIFY, DN_CREATE) = %s", name, dir, result(n));
	n = call(number, dir, F_NOTIFY, 0);
	want("%s(%d, F_NOTIFY, 0) = %s", name, dir, result(n));
	close(dir);
	n = call(number, fd, 1027, fd);
	want("%s(%d, F_DUPFD_QUERY, %d) = %s", name, fd, fd, result(n));
	n = call(number, fd, 1028, 0);
	want("%s(%d, F_CREATED_QUERY) = %s", name, fd, result(n));
}

/* The lock that a process holds is in nobody's way but another's. */
static void locks(int fd)
{
	struct { short type, whence; long start, len; int pid; } lock = { F_WRLCK, SEEK_SET, 5, 10, 0 };
	long n = call(number, fd, F_SETLK, &lock);
	want("%s(%d, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=5, l_len=10}) = 0", name, fd);
	lock.type = F_UNLCK;
	n = call(number, fd, F_SETLKW, &lock);
	want("%s(%d, F_SETLKW, {l_type=F_UNLCK, l_whence=SEEK_SET, l_start=5, l_len=10}) = 0", name, fd);
	lock.type = F_RDLCK;
	n = call(number, fd, F_GETLK, &lock);
	want("%s(%d, F_GETLK, {l_type=F_UNLCK, l_whence=SEEK_SET, l_start=5, l_len=10, l_pid=0}) = %s", name, fd, result(n));
	struct { short type, whence; int64_t start, len; int pid; }
#ifdef __i386__
		__attribute__((packed, aligned(4)))
#endif
		wide = { F_WRLCK, SEEK_END, 0x100000000, 0, 0 };
#ifdef __i386__
	if (number == __NR_fcntl64) {
		n = call(number, fd, 13, &wide);
		want("%s(%d, F_SETLK64, {l_type=F_WRLCK, l_whence=SEEK_END, l_start=4294967296, l_len=0}) = %s", name, fd, result(n));
		wide.type = F_UNLCK;
		n = call(number, fd, 14, &wide);
		want("%s(%d, F_SETLKW64, {l_type=F_UNLCK, l_whence=SEEK_END, l_start=4294967296, l_len=0}) = %s", name, fd, result(n));
		wide.type = F_RDLCK;
		n = call(number, fd, 12, &wide);
		want("%s(%d, F_GETLK64, {l_type=F_UNLCK, l_whence=SEEK_END, l_start=4294967296, l_len=0, l_pid=0}) = %s", name, fd, result(n));
	}
#endif
	wide.type = F_WRLCK;
	n = call(number, fd, 37, &wide);
	want("%s(%d, F_OFD_SETLK, {l_type=F_WRLCK, l_whence=SEEK_END, l_start=4294967296, l_len=0}) = %s", name, fd, result(n));
	wide.type = F_UNLCK;
	n = call(number, fd, 38, &wide);
	want("%s(%d, F_OFD_SETLKW, {l_type=F_UNLCK, l_whence=SEEK_END, l_start=4294967296, l_len=0}) = %s", name, fd, result(n));
	wide.type = F_RDLCK;
	n = call(number, fd, 36, &wide);
	want("%s(%d, F_OFD_GETLK, %s) = %s", name, fd, came(n, &wide, "{l_type=F_UNLCK, l_whence=SEEK_END, l_start=4294967296, l_len=0, l_pid=0}"), result(n));
	n = call(number, fd, 77, 0x123);
	want("%s(%d, 0x4d /* F_??? */, 0x123) = %s", name, fd, result(n));
}

/* A terminal of our own, in its first state but for what is set. */
static void terminals(void)
{
	long fd = call(__NR_open, "/dev/ptmx", O_RDWR | O_NOCTTY);
	if (fd < 0)
		return;
	struct termios t;
	long n = call(__NR_ioctl, fd, TCGETS, &t);
	want("ioctl(%ld, TCGETS, %s) = 0", fd,
	     whole ? words("{c_iflag=ICRNL|IXON, c_oflag=NL0|CR0|TAB0|BS0|VT0|FF0|OPOST|ONLCR, c_cflag=B38400|CS8|CREAD, "
			   "c_lflag=ISIG|ICANON|ECHO|ECHOE|ECHOK|IEXTEN|ECHOCTL|ECHOKE, c_line=N_TTY, "
			   "c_cc=[[VINTR]=0x3, [VQUIT]=0x1c, [VERASE]=0x7f, [VKILL]=0x15, [VEOF]=0x4, [VTIME]=0, [VMIN]=0x1, [VSWTC]=0, [VSTART]=0x11, "
			   "[VSTOP]=0x13, [VSUSP]=0x1a, [VEOL]=0, [VREPRINT]=0x12, [VDISCARD]=0xf, [VWERASE]=0x17, [VLNEXT]=0x16, [VEOL2]=0, [17]=0, [18]=0]}")
		   : "{c_iflag=ICRNL|IXON, c_oflag=NL0|CR0|TAB0|BS0|VT0|FF0|OPOST|ONLCR, c_cflag=B38400|CS8|CREAD, "
		     "c_lflag=ISIG|ICANON|ECHO|ECHOE|ECHOK|IEXTEN|ECHOCTL|ECHOKE, ...}");
	struct { unsigned short row, col, x, y; } size = { 25, 81, 3, 4 };
	n = call(__NR_ioctl, fd, TIOCSWINSZ, &size);
	want("ioctl(%ld, TIOCSWINSZ, {ws_row=25, ws_col=81, ws_xpixel=3, ws_ypixel=4}) = %s", fd, result(n));
	n = call(__NR_ioctl, fd, TIOCGWINSZ, &size);
	want("ioctl(%ld, TIOCGWINSZ, {ws_row=25, ws_col=81, ws_xpixel=3, ws_ypixel=4}) = %s", fd, result(n));
	int number = 0, group = -1;
	n = call(__NR_ioctl, fd, TIOCSPTLCK, &number);
	want("ioctl(%ld, TIOCSPTLCK, [0]) = %s", fd, result(n));
	n = call(__NR_ioctl, fd, TIOCGPTN, &number);
	want("ioctl(%ld, TIOCGPTN, [%d]) = %s", fd, number, result(n));
	n = call(__NR_ioctl, fd, TIOCGPGRP, &group);
	want("ioctl(%ld, TIOCGPGRP, %s) = %s", fd, came(n, &group, words("[%d]", group)), result(n));
	n = call(__NR_ioctl, fd, TCFLSH, 2);
	want("ioctl(%ld, TCFLSH, TCIOFLUSH) = %s", fd, result(n));
	n = call(__NR_ioctl, fd, TIOCEXCL, 0);
	want("ioctl(%ld, TIOCEXCL) = %s", fd, result(n));
	call(__NR_close, fd);
	n = call(__NR_ioctl, 0, TCGETS, &t);
	want("ioctl(0, TCGETS, %p) = -1 ENOTTY (Inappropriate ioctl for device)", &t);
}

#ifdef __i386__
#define GETFLAGS "FS_IOC32_GETFLAGS"
#else
#define GETFLAGS "FS_IOC_GETFLAGS"
#endif

static void requests(int fd)
{
	int p[2], on = 1, waiting = -1;
	if (pipe(p) || write(p[1], "five!", 5) != 5)
		exit(1);
	long n = call(__NR_ioctl, p[0], FIONREAD, &waiting);
	want("ioctl(%d, FIONREAD, [5]) = 0", p[0]);
	n = call(__NR_ioctl, p[0], FIONBIO, &on);
	want("ioctl(%d, FIONBIO, [1]) = %s", p[0], result(n));
	n = call(__NR_ioctl, p[0], FIOCLEX);
	want("ioctl(%d, FIOCLEX) = %s", p[0], result(n));
	close(p[0]), close(p[1]);
	unsigned flags = 0;
	n = call(__NR_ioctl, fd, FS_IOC_GETFLAGS, &flags);
	want("ioctl(%d, " GETFLAGS ", %s) = %s", fd, came(n, &flags, flags == FS_EXTENT_FL ? "[FS_EXTENT_FL]" : flags ? words("[%#x]", flags) : "[0]"), result(n));
	n = call(__NR_ioctl, fd, FICLONE, fd);
	want("ioctl(%d, FICLONE, %d) = %s", fd, fd, result(n));
	int random = open("/dev/urandom", O_RDONLY), entropy = -1;
	n = call(__NR_ioctl, random, RNDGETENTCNT, &entropy);
	want("ioctl(%d, RNDGETENTCNT, %s) = %s", random, came(n, &entropy, words("[%d]", entropy)), result(n));
	close(random);
	n = call(__NR_ioctl, fd, _IOWR('~', 200, int[3]), 0x1234);
	want("ioctl(%d, _IOC(_IOC_READ|_IOC_WRITE, 0x7e, 0xc8, 0xc), 0x1234) = %s", fd, result(n));
}

static void interfaces(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		return;
	struct ifreq r;
	memset(&r, 0, sizeof r);
	strcpy(r.ifr_name, "lo");
	long n = call(__NR_ioctl, fd, SIOCGIFINDEX, &r);
	want("ioctl(%d, SIOCGIFINDEX, {ifr_name=\"lo\"%s}) = %s", fd, failed(n) ? "" : words(", ifr_ifindex=%d", r.ifr_ifindex), result(n));
	memset(&r.ifr_ifru, 0, sizeof r.ifr_ifru);
	n = call(__NR_ioctl, fd, SIOCGIFMTU, &r);
	want("ioctl(%d, SIOCGIFMTU, {ifr_name=\"lo\"%s}) = %s", fd, failed(n) ? "" : words(", ifr_mtu=%d", r.ifr_mtu), result(n));
	memset(&r.ifr_ifru, 0, sizeof r.ifr_ifru);
	n = call(__NR_ioctl, fd, SIOCGIFFLAGS, &r);
	int up = r.ifr_flags == (IFF_UP | IFF_LOOPBACK | IFF_RUNNING);
	want("ioctl(%d, SIOCGIFFLAGS, {ifr_name=\"lo\"%s}) = %s", fd, failed(n) ? "" : up ? ", ifr_flags=IFF_UP|IFF_LOOPBACK|IFF_RUNNING" : ", ifr_flags=IFF_LOOPBACK", result(n));
	memset(&r.ifr_ifru, 0, sizeof r.ifr_ifru);
	n = call(__NR_ioctl, fd, SIOCGIFADDR, &r);
	want("ioctl(%d, SIOCGIFADDR, {ifr_name=\"lo\"%s}) = %s", fd, failed(n) ? "" : ", ifr_addr={sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr(\"127.0.0.1\")}",
	     result(n));
	close(fd);
	fd = open("/dev/net/tun", O_RDWR);
	memset(&r, 0, sizeof r);
	strcpy(r.ifr_name, "sonde%d");
	r.ifr_flags = IFF_TUN | IFF_NO_PI;
	n = call(__NR_ioctl, fd, TUNSETIFF, &r);
	want("ioctl(%d, TUNSETIFF, %s) = %s", fd, failed(n) ? "{ifr_name=\"sonde%d\", ifr_flags=IFF_TUN|IFF_NO_PI}" : words("{ifr_name=\"sonde%%d\", ifr_flags=IFF_TUN|IFF_NO_PI} => {ifr_name=\"%s\", ifr_flags=IFF_TUN|IFF_NO_PI}", r.ifr_name), result(n));
	close(fd);
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	int fd = open("file", O_RDWR | O_CREAT, 0600);
	if (fd < 0)
		return 1;
	plain(fd);
	others(fd);
	locks(fd);
#ifdef __i386__
	number = __NR_fcntl64, name = "fcntl64";
	plain(fd);
	others(fd);
	locks(fd);
#endif
	terminals();
	requests(fd);
	interfaces();
	return done();
}
