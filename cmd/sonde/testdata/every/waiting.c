/* The calls that wait for descriptors, and those that make descriptors to wait for. */
#include "every.h"
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

/* Numbers of times, as wide as a long and as 64 bits. */
struct pair { long sec, part; };
struct pair64 { int64_t sec, part; };

static char *seconds(struct pair *t, const char *part)
{
	return words("{tv_sec=%ld, tv_%s=%ld}", t->sec, part, t->part);
}

/* ready has something to be read, quiet has not; what is written to the third comes out nowhere. */
static int ready, quiet, sink;

/* A set of signals as the kernel takes it: those for SIGINT and SIGUSR1. */
static uint64_t signals = 1 << (SIGINT - 1) | 1 << (SIGUSR1 - 1);

static void polls(void)
{
	struct pollfd fds[3] = { { ready, POLLIN | POLLRDNORM, 0 }, { quiet, POLLIN | POLLPRI, 0 }, { sink, POLLOUT, 0 } };
	long n = call(__NR_poll, fds, 3, 1000);
	want("poll([{fd=%d, events=POLLIN|POLLRDNORM}, {fd=%d, events=POLLIN|POLLPRI}, {fd=%d, events=POLLOUT}], 3, 1000) = "
	     "2 ([{fd=%d, revents=POLLIN|POLLRDNORM}, {fd=%d, revents=POLLOUT}])", ready, quiet, sink, ready, sink);
	n = call(__NR_poll, fds + 1, 1, 0);
	want("poll([{fd=%d, events=POLLIN|POLLPRI}], 1, 0) = 0 (Timeout)", quiet);
	struct pollfd bad = { 99, POLLIN, 0 };
	n = call(__NR_poll, &bad, 1, -1);
	want("poll([{fd=99, events=POLLIN}], 1, -1) = 1 ([{fd=99, revents=POLLNVAL}])");
	struct pair left = { 7, 5 };
	n = call(__NR_ppoll, fds, 2, &left, &signals, 8);
	want("ppoll([{fd=%d, events=POLLIN|POLLRDNORM}, {fd=%d, events=POLLIN|POLLPRI}], 2, {tv_sec=7, tv_nsec=5}, [INT USR1], 8) = "
	     "%s ([{fd=%d, revents=POLLIN|POLLRDNORM}], left %s)", ready, quiet, result(n), ready, seconds(&left, "nsec"));
	left = (struct pair){ 0, 0 };
	n = call(__NR_ppoll, fds + 1, 1, &left, 0, 8);
	want("ppoll([{fd=%d, events=POLLIN|POLLPRI}], 1, {tv_sec=0, tv_nsec=0}, NULL, 8) = 0 (Timeout)", quiet);
#ifdef __i386__
	struct pair64 left64 = { 8, 6 };
	n = call(__NR_ppoll_time64, fds, 1, &left64, 0, 8);
	want("ppoll_time64([{fd=%d, events=POLLIN|POLLRDNORM}], 1, {tv_sec=8, tv_nsec=6}, NULL, 8) = 1 ([{fd=%d, revents=POLLIN|POLLRDNORM}], left {tv_sec=%lld, tv_nsec=%lld})",
	     ready, ready, left64.sec, left64.part);
#endif
}

static void selects(void)
{
#ifdef __i386__
#define NR_select __NR__newselect
#define SELECT "_newselect"
#else
#define NR_select __NR_select
#define SELECT "select"
#endif
	fd_set in = { 0 }, out = { 0 }, none = { 0 };
	FD_SET(ready, &in), FD_SET(quiet, &in), FD_SET(sink, &out), FD_SET(ready, &none);
	struct pair left = { 9, 1 };
	fd_set in2 = in, out2 = out, none2 = none;
	long n = call(NR_select, 40, &in2, &out2, &none2, &left);
	want(SELECT "(40, [%d %d], [%d], [%d], {tv_sec=9, tv_usec=1}) = 2 (in [%d], out [%d], left %s)", ready, quiet, sink, ready, ready, sink,
	     seconds(&left, "usec"));
	in2 = none, left = (struct pair){ 0, 0 };
	FD_CLR(ready, &in2), FD_SET(quiet, &in2);
	n = call(NR_select, quiet + 1, &in2, 0, 0, &left);
	want(SELECT "(%d, [%d], NULL, NULL, {tv_sec=0, tv_usec=0}) = 0 (Timeout)", quiet + 1, quiet);
	in2 = in;
	n = call(NR_select, 0, 0, 0, 0, &left);
	want(SELECT "(0, NULL, NULL, NULL, {tv_sec=0, tv_usec=0}) = 0 (Timeout)");
#ifdef __i386__
	in2 = in, left = (struct pair){ 3, 4 };
	void *args[5] = { (void *)40, &in2, 0, 0, &left };
	n = call(__NR_select, args);
	want("select(40, [%d %d], NULL, NULL, {tv_sec=3, tv_usec=4}) = 1 (in [%d], left %s)", ready, quiet, ready, seconds(&left, "usec"));
#endif
	in2 = in, left = (struct pair){ 2, 3 };
	struct { void *set; long size; } mask = { &signals, 8 };
	n = call(__NR_pselect6, 40, &in2, 0, 0, &left, &mask);
	want("pselect6(40, [%d %d], NULL, NULL, {tv_sec=2, tv_nsec=3}, {sigmask=[INT USR1], sigsetsize=8}) = %s (in [%d], left %s)", ready, quiet, result(n),
	     ready, seconds(&left, "nsec"));
#ifdef __i386__
	struct pair64 left64 = { 8, 6 };
	in2 = in;
	n = call(__NR_pselect6_time64, 40, &in2, 0, 0, &left64, 0);
	want("pselect6_time64(40, [%d %d], NULL, NULL, {tv_sec=8, tv_nsec=6}, NULL) = %s (in [%d], left {tv_sec=%lld, tv_nsec=%lld})", ready, quiet, result(n),
	     ready, left64.sec, left64.part);
#endif
}

static void epolls(void)
{
	long n = call(__NR_epoll_create, 5);
	want("epoll_create(5) = %s", result(n));
	call(__NR_close, n);
	long fd = call(__NR_epoll_create1, EPOLL_CLOEXEC);
	want("epoll_create1(EPOLL_CLOEXEC) = %s", result(fd));
	struct epoll_event event = { EPOLLIN | EPOLLRDHUP | EPOLLET, { .u64 = 0x100000007 } }, came[4];
	n = call(__NR_epoll_ctl, fd, EPOLL_CTL_ADD, ready, &event);
	want("epoll_ctl(%ld, EPOLL_CTL_ADD, %d, {events=EPOLLIN|EPOLLRDHUP|EPOLLET, data={u32=7, u64=4294967303}}) = %s", fd, ready, result(n));
	event.events = EPOLLIN, event.data.u64 = 5;
	n = call(__NR_epoll_ctl, fd, EPOLL_CTL_MOD, ready, &event);
	want("epoll_ctl(%ld, EPOLL_CTL_MOD, %d, {events=EPOLLIN, data={u32=5, u64=5}}) = %s", fd, ready, result(n));
	n = call(__NR_epoll_wait, fd, came, 4, 1000);
	want("epoll_wait(%ld, [{events=EPOLLIN, data={u32=5, u64=5}}], 4, 1000) = 1", fd);
	n = call(__NR_epoll_pwait, fd, came, 4, -1, &signals, 8);
	want("epoll_pwait(%ld, [{events=EPOLLIN, data={u32=5, u64=5}}], 4, -1, [INT USR1], 8) = %s", fd, result(n));
#ifdef __NR_epoll_pwait2
	struct pair64 time = { 1, 500 };
	n = call(__NR_epoll_pwait2, fd, came, 4, &time, 0, 8);
	want("epoll_pwait2(%ld, %s, 4, {tv_sec=1, tv_nsec=500}, NULL, 8) = %s", fd, failed(n) ? at(came) : "[{events=EPOLLIN, data={u32=5, u64=5}}]", result(n));
#endif
	n = call(__NR_epoll_ctl, fd, EPOLL_CTL_DEL, ready, 0);
	want("epoll_ctl(%ld, EPOLL_CTL_DEL, %d, NULL) = %s", fd, ready, result(n));
	n = call(__NR_epoll_wait, fd, came, 4, 0);
	want("epoll_wait(%ld, [], 4, 0) = 0", fd);
	call(__NR_close, fd);
#ifdef __x86_64__
	n = call(__NR_epoll_ctl_old, 1, 2, 3, 4);
	want("epoll_ctl_old(0x1, 0x2, 0x3, 0x4) = %s", result(n));
	n = call(__NR_epoll_wait_old, 1, 2, 3, 4);
	want("epoll_wait_old(0x1, 0x2, 0x3, 0x4) = %s", result(n));
#endif
}

static void counters(void)
{
	long fd = call(__NR_eventfd, 5);
	want("eventfd(5) = %s", result(fd));
	call(__NR_close, fd);
	fd = call(__NR_eventfd2, 6, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	want("eventfd2(6, EFD_SEMAPHORE|EFD_CLOEXEC|EFD_NONBLOCK) = %s", result(fd));
	call(__NR_close, fd);
	fd = call(__NR_signalfd, -1, &signals, 8);
	want("signalfd(-1, [INT USR1], 8) = %s", result(fd));
	uint64_t all = -1;
	long n = call(__NR_signalfd4, fd, &all, 8, SFD_CLOEXEC | SFD_NONBLOCK);
	want("signalfd4(%ld, ~[], 8, SFD_CLOEXEC|SFD_NONBLOCK) = %s", fd, result(n));
	call(__NR_close, fd);
}

/* times_of renders a struct itimerspec. */
static char *times_of(struct pair *t)
{
	return words("{it_interval=%s, it_value=%s}", seconds(t, "nsec"), seconds(t + 1, "nsec"));
}

static void timers(void)
{
	long fd = call(__NR_timerfd_create, 1, TFD_CLOEXEC | TFD_NONBLOCK);
	want("timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC|TFD_NONBLOCK) = %s", result(fd));
	struct pair new[2] = { { 3, 4 }, { 100, 200 } }, old[2] = { { 7, 7 }, { 7, 7 } };
	long n = call(__NR_timerfd_settime, fd, 0, new, old);
	want("timerfd_settime(%ld, 0, {it_interval={tv_sec=3, tv_nsec=4}, it_value={tv_sec=100, tv_nsec=200}}, %s) = %s", fd, came(n, old, times_of(old)), result(n));
	n = call(__NR_timerfd_gettime, fd, old);
	want("timerfd_gettime(%ld, %s) = %s", fd, came(n, old, times_of(old)), result(n));
	new[1].sec = 1;
	n = call(__NR_timerfd_settime, fd, TFD_TIMER_ABSTIME, new, 0);
	want("timerfd_settime(%ld, TFD_TIMER_ABSTIME, {it_interval={tv_sec=3, tv_nsec=4}, it_value={tv_sec=1, tv_nsec=200}}, NULL) = %s", fd, result(n));
#ifdef __i386__
	struct pair64 wide[2] = { { 3, 4 }, { 5000000000, 200 } }, was[2];
	n = call(__NR_timerfd_settime64, fd, 0, wide, 0);
	want("timerfd_settime64(%ld, 0, {it_interval={tv_sec=3, tv_nsec=4}, it_value={tv_sec=5000000000, tv_nsec=200}}, NULL) = %s", fd, result(n));
	n = call(__NR_timerfd_gettime64, fd, was);
	want("timerfd_gettime64(%ld, {it_interval={tv_sec=%lld, tv_nsec=%lld}, it_value={tv_sec=%lld, tv_nsec=%lld}}) = %s", fd, was[0].sec, was[0].part,
	     was[1].sec, was[1].part, result(n));
#endif
	call(__NR_close, fd);
}

static void notices(void)
{
	long fd = call(__NR_inotify_init);
	want("inotify_init() = %s", result(fd));
	call(__NR_close, fd);
	fd = call(__NR_inotify_init1, IN_NONBLOCK | IN_CLOEXEC);
	want("inotify_init1(IN_NONBLOCK|IN_CLOEXEC) = %s", result(fd));
	long watch = call(__NR_inotify_add_watch, fd, ".", IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR);
	want("inotify_add_watch(%ld, \".\", IN_CLOSE_WRITE|IN_CREATE|IN_DELETE|IN_ONLYDIR) = %s", fd, result(watch));
	long n = call(__NR_inotify_rm_watch, fd, watch);
	want("inotify_rm_watch(%ld, %ld) = %s", fd, watch, result(n));
	call(__NR_close, fd);
	fd = call(__NR_fanotify_init, FAN_CLOEXEC | FAN_CLASS_CONTENT | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC);
	want("fanotify_init(FAN_CLASS_CONTENT|FAN_CLOEXEC|FAN_NONBLOCK, O_RDONLY|O_CLOEXEC) = %s", result(fd));
	n = call(__NR_fanotify_mark, fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR, LOW_HIGH(FAN_OPEN | FAN_CLOSE_WRITE | FAN_EVENT_ON_CHILD), AT_FDCWD, ".");
	want("fanotify_mark(%ld, FAN_MARK_ADD|FAN_MARK_ONLYDIR, FAN_CLOSE_WRITE|FAN_OPEN|FAN_EVENT_ON_CHILD, AT_FDCWD, \".\") = %s", fd, result(n));
	n = call(__NR_fanotify_mark, fd, FAN_MARK_FLUSH | FAN_MARK_MOUNT, LOW_HIGH(0ll), AT_FDCWD, 0);
	want("fanotify_mark(%ld, FAN_MARK_MOUNT|FAN_MARK_FLUSH, 0, AT_FDCWD, NULL) = %s", fd, result(n));
	if (fd >= 0)
		call(__NR_close, fd);
	fd = call(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK | 1);
	want("userfaultfd(UFFD_USER_MODE_ONLY|O_NONBLOCK|O_CLOEXEC) = %s", result(fd));
	if (fd >= 0)
		call(__NR_close, fd);
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	int a[2], b[2];
	if (pipe(a) || pipe(b) || write(a[1], "!", 1) != 1)
		return 1;
	ready = a[0], quiet = b[0], sink = b[1];
	polls();
	selects();
	epolls();
	counters();
	timers();
	notices();
	return done();
}
