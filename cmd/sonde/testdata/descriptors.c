/* Uses descriptors of many kinds. Ports, inodes and numbers of processes are all
   that differs between two runs; the working directory is one of its own. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

static char b[16];

static void files(void)
{
	int f = open("/etc/passwd", O_RDONLY); /* the trace is compared from here on */
	int d = dup(f);
	close(f);
	read(d, b, 4);
	int null = open("/dev/null", O_RDWR);
	write(null, "x", 1);
	int gone = open("gone\n<x>", O_CREAT | O_RDWR, 0600);
	unlink("gone\n<x>");
	write(gone, "y", 1);
	int named = open("a\"b\\c\303\251 (deleted)", O_CREAT | O_RDWR, 0600);
	write(named, "y", 1);
	rename("a\"b\\c\303\251 (deleted)", "renamed");
	write(named, "y", 1);
	unlink("renamed");
	write(named, "z", 1);
	int dir = open("/etc", O_RDONLY | O_DIRECTORY);
	openat(dir, "passwd", O_RDONLY);
	openat(dir, "no such file", O_RDONLY);
	dup2(d, 50);
	fcntl(50, F_DUPFD, 60);
	close(60);
	close(60);
	chdir("/");
	openat(AT_FDCWD, "etc/passwd", O_RDONLY);
	fchdir(dir);
	unlinkat(AT_FDCWD, "no such file", 0);
}

static void made(void)
{
	int p[2], e = eventfd(1, 0), ep = epoll_create1(0), m = memfd_create("mem", 0);
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = e };
	sigset_t s;
	pipe(p);
	write(p[1], "x", 1);
	read(p[0], b, 1);
	read(e, b, 8);
	epoll_ctl(ep, EPOLL_CTL_ADD, e, &ev);
	write(m, "x", 1);
	sigemptyset(&s);
	read(timerfd_create(CLOCK_MONOTONIC, 0), 0, 0);
	read(signalfd(-1, &s, 0), 0, 0);
	close(inotify_init());
	close(syscall(SYS_pidfd_open, getpid(), 0));
}

static void inet(int type)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int l = socket(AF_INET, type, 0), c = socket(AF_INET, type, 0), far = -1;
	bind(l, (void *)&a, n);
	if (type == SOCK_STREAM)
		listen(l, 5);
	getsockname(l, (void *)&a, &n);
	connect(c, (void *)&a, n);
	if (type == SOCK_STREAM)
		far = accept(l, 0, 0);
	write(c, "hello", 5);
	read(far, b, 5);
	shutdown(c, SHUT_WR);
	close(c);
}

static void inet6(int type)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t n = sizeof a;
	int l = socket(AF_INET6, type, 0), c = socket(AF_INET6, type, 0);
	bind(l, (void *)&a, n);
	if (type == SOCK_STREAM)
		listen(l, 5);
	getsockname(l, (void *)&a, &n);
	connect(c, (void *)&a, n);
	write(c, "hello", 5);
}

static void local(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int pair[2], named = socket(AF_UNIX, SOCK_DGRAM, 0), abstract = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	write(pair[0], "x", 1);
	memcpy(a.sun_path, "\0sonde-test", 11);
	bind(abstract, (void *)&a, offsetof(struct sockaddr_un, sun_path) + 11);
	listen(abstract, 1);
	chdir("/tmp");
	strcpy(a.sun_path, "sonde-test <\"");
	unlink(a.sun_path);
	bind(named, (void *)&a, sizeof a);
	write(named, "x", 1);
	unlink(a.sun_path);
}

static void netlink(void)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK };
	int route = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	int event = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
	bind(route, (void *)&a, sizeof a);
	shutdown(route, SHUT_WR);
	shutdown(event, SHUT_WR);
}

int main(void)
{
	files();
	made();
	inet(SOCK_STREAM);
	inet(SOCK_DGRAM);
	inet6(SOCK_STREAM);
	inet6(SOCK_DGRAM);
	local();
	netlink();
	return 0;
}
