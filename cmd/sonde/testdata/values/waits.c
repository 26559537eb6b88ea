// Waiting for descriptors and timers, ioctl, and vectors of buffers: poll.h,
// sys/select.h, sys/epoll.h, sys/eventfd.h, sys/timerfd.h, sys/inotify.h, sys/ioctl.h
// and sys/uio.h.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "expect.h"

static int n;

static void requests(void)
{
	int pair[2];
	n = pipe(pair);
	expect("pipe([ 3, 4 ]) = 0");
	struct iovec parts[2] = {{"ab", 2}, {"cde", 3}};
	n = writev(4, parts, 2);
	expect("writev(4, [ { \"ab\", 2 }, { \"cde\", 3 } ], 2) = 5");
	int waiting;
	n = ioctl(3, FIONREAD, &waiting);
	expect("ioctl(3, FIONREAD, 5) = 0");
	struct winsize size;
	n = ioctl(3, TIOCGWINSZ, &size);
	expect("ioctl(3, TIOCGWINSZ, %p) = -1 %s", (void *)&size, expect_error());
	static char one[2], two[8], three[4];
	struct iovec into[3] = {{one, 2}, {two, 8}, {three, 4}};
	n = readv(3, into, 3);
	expect("readv(3, [ { \"ab\", 2 }, { \"cde\", 8 }, { \"\", 4 } ], 3) = 5");
}

static void waits(void)
{
	struct pollfd polled[2] = {{4, POLLOUT, 0}, {3, POLLIN | POLLPRI, 0}};
	n = poll(polled, 2, 0);
	expect("poll([ { 4, POLLOUT, 0 }, { 3, POLLIN|POLLPRI, 0 } ] => [ { 4, POLLOUT, POLLOUT }, { 3, POLLIN|POLLPRI, 0 } ], 2, 0ms) = 1");
	struct timeval none = {0, 0};
	fd_set in, out;
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(3, &in);
	FD_SET(4, &out);
	n = select(5, &in, &out, NULL, &none);
	expect("select(5, <3> => <>, <4>, nil, { 0, 0 }) = 1");
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	expect("epoll_create1(EPOLL_CLOEXEC) = 5");
	struct epoll_event event = {EPOLLOUT | EPOLLET, {.u32 = 77}}, events[4];
	n = epoll_ctl(epoll, EPOLL_CTL_ADD, 4, &event);
	expect("epoll_ctl(5, EPOLL_CTL_ADD, 4, { EPOLLOUT|EPOLLET, 77 }) = 0");
	n = epoll_wait(epoll, events, 4, 0);
	expect("epoll_wait(5, [ { EPOLLOUT, 77 } ], 4, 0ms) = 1");
	n = eventfd(3, EFD_NONBLOCK | EFD_SEMAPHORE);
	expect("eventfd(3, EFD_SEMAPHORE|EFD_NONBLOCK) = 6");
	n = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	expect("timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC) = 7");
	struct itimerspec timer = {{0, 0}, {500, 0}};
	n = timerfd_settime(7, 0, &timer, NULL);
	expect("timerfd_settime(7, 0, { { 0, 0 }, { 500, 0 } }, nil) = 0");
	n = inotify_init1(IN_CLOEXEC);
	expect("inotify_init1(IN_CLOEXEC) = 8");
	n = inotify_add_watch(8, ".", IN_CREATE | IN_DELETE);
	expect("inotify_add_watch(8, \".\", IN_CREATE|IN_DELETE) = 1");
	struct timeval limit = {100, 5};
	struct itimerval timer_old, timer_new = {{0, 0}, limit};
	n = setitimer(ITIMER_VIRTUAL, &timer_new, &timer_old);
	expect("setitimer(ITIMER_VIRTUAL, { { 0, 0 }, { 100, 5 } }, { { 0, 0 }, { 0, 0 } }) = 0");
	n = sched_get_priority_max(SCHED_FIFO);
	expect("sched_get_priority_max(SCHED_FIFO) = 99");
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(1, &set);
	CPU_SET(2, &set);
	n = sched_setaffinity(-1, sizeof set, &set);
	expect("sched_setaffinity(-1, 128, <1-2>) = -1 %s", expect_error());
}

int main(void)
{
	requests();
	waits();
	return 0;
}
