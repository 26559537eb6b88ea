/* A server's loop: what can be waited for, in all ways to wait for it. Nothing goes on
   beside it, so that each run is like the one before. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int ep;

static void watch(int fd, uint32_t events) {
	struct epoll_event ev = {.events = events, .data.u64 = fd};
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

static void drain(int timeout) {
	struct epoll_event events[8];
	char buf[256];
	int n = epoll_wait(ep, events, 8, timeout);
	for (int i = 0; i < n; i++)
		if (events[i].events & EPOLLIN)
			read(events[i].data.fd, buf, sizeof buf);
}

static void sources(void) {
	uint64_t one = 1;
	sigset_t usr;
	struct itimerspec soon = {.it_value = {0, 1}};
	struct epoll_event change = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = 0};
	int pipes[2], pair[2];

	pipe2(pipes, O_NONBLOCK | O_CLOEXEC);
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	int notify = inotify_init1(IN_NONBLOCK);
	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR1);
	sigaddset(&usr, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &usr, NULL);
	int signals = signalfd(-1, &usr, SFD_NONBLOCK);

	watch(pipes[0], EPOLLIN);
	watch(pair[1], EPOLLIN | EPOLLRDHUP | EPOLLET);
	watch(event, EPOLLIN | EPOLLEXCLUSIVE);
	watch(timer, EPOLLIN);
	watch(notify, EPOLLIN);
	watch(signals, EPOLLIN);
	watch(pipes[0], EPOLLIN);

	write(pipes[1], "pipe", 4);
	drain(0);
	write(event, &one, sizeof one);
	drain(0);
	timerfd_settime(timer, 0, &soon, NULL);
	drain(-1);
	inotify_add_watch(notify, ".", IN_CREATE | IN_DELETE);
	close(open("made", O_CREAT | O_WRONLY, 0600));
	drain(0);
	raise(SIGUSR1);
	drain(0);
	drain(0);
	struct iovec iov[2] = {{"so", 2}, {"cket", 4}};
	writev(pair[0], iov, 2);
	drain(0);
	shutdown(pair[0], SHUT_WR);
	drain(0);
	change.data.fd = pair[1];
	epoll_ctl(ep, EPOLL_CTL_MOD, pair[1], &change);
	epoll_ctl(ep, EPOLL_CTL_DEL, pipes[0], NULL);
	unlink("made");
}

static void ways(void) {
	struct epoll_event events[4];
	struct timespec none = {0, 0};
	sigset_t all;
	int pipes[2], waiting;
	fd_set in, out;

	pipe(pipes);
	sigfillset(&all);
	watch(pipes[0], EPOLLIN | EPOLLHUP);
	write(pipes[1], "x", 1);
	epoll_pwait(ep, events, 4, 0, &all);
	syscall(SYS_epoll_pwait2, ep, events, 4, &none, NULL, 0);
	ioctl(pipes[0], FIONREAD, &waiting);
	struct pollfd fds[] = {{pipes[0], POLLIN | POLLPRI, 0}, {pipes[1], POLLOUT, 0}, {-1, POLLIN, 0}, {99, POLLIN, 0}};
	poll(fds, 4, 0);
	ppoll(fds, 2, &none, &all);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(pipes[0], &in);
	FD_SET(pipes[1], &out);
	select(pipes[1] + 1, &in, &out, NULL, &(struct timeval){1, 0});
	FD_ZERO(&in);
	FD_SET(pipes[0], &in);
	pselect(pipes[1] + 1, &in, NULL, NULL, &none, &all);
	splice(pipes[0], NULL, open("/dev/null", O_WRONLY), NULL, 1, SPLICE_F_MOVE);
	poll(fds, 1, 1);
	close(pipes[1]);
	epoll_wait(ep, events, 4, 0);
}

int main(void) {
	ep = epoll_create1(EPOLL_CLOEXEC);
	sources();
	ways();
	return 0;
}
