// Threads that make system calls with what another thread tears under their hands: its
// pages come and go, and are filled with pointers into it and lengths that lie. The
// kernel is given no such pointer to write by, which might be any.
#define _GNU_SOURCE
#include "attach_target.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

enum { PAGE = 4096, PAGES = 32, THREADS = 4 };

static char *torn;
static int null, zero, directory, pair[2], silent[2], events;
static volatile int stop;

static uint32_t next(uint32_t *state)
{
	*state ^= *state << 13, *state ^= *state >> 17, *state ^= *state << 5;
	return *state;
}

// anything is a pointer into the memory, mostly to the end of a page or beyond, or one
// that is none.
static long anything(uint32_t *r)
{
	uint32_t n = next(r);
	switch (n % 8) {
	case 0: return 0;
	case 1: return -1;
	case 2: return (long)(1ULL << 46);
	case 3: return (long)torn + PAGES * PAGE - n % 64;
	}
	return (long)torn + (n >> 8) % PAGES * PAGE + (n % 3 ? PAGE - (n >> 16) % 64 : 0);
}

static long length(uint32_t *r)
{
	static const long all[] = { 0, 1, 8, 64, PAGE, PAGES * PAGE, 0x7fffffff, -1 };
	return all[next(r) % (sizeof all / sizeof *all)];
}

static void *tear(void *arg)
{
	uint32_t r = 1;
	int open[PAGES];
	for (int i = 0; i < PAGES; i++)
		open[i] = 1;
	while (!stop) {
		uint32_t n = next(&r), page = (n >> 8) % PAGES;
		char *at = torn + page * PAGE;
		switch (n % 8) {
		case 0:
			mprotect(at, PAGE, PROT_NONE);
			open[page] = 0;
			break;
		case 1:
			munmap(at, PAGE);
			mmap(at, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			open[page] = 1;
			break;
		case 2:
			mprotect(at, PAGE, PROT_READ | PROT_WRITE);
			open[page] = 1;
			break;
		default:
			if (!open[page])
				break;
			for (long *p = (long *)at; p < (long *)(at + PAGE); p++)
				*p = n % 2 ? anything(&r) : n % 3 ? length(&r) : (long)0x2f2f61612f2f6161; // a path without end
		}
	}
	return arg;
}

static void call_once(uint32_t *r)
{
	long p = anything(r), q = anything(r), l = length(r);
	switch (next(r) % 28) {
	case 0: syscall(SYS_write, null, p, l); break;
	case 1: syscall(SYS_read, zero, p, l < PAGE ? l : PAGE); break;
	case 2: syscall(SYS_writev, null, p, l); break;
	case 3: syscall(SYS_pwritev, null, p, l & 15, 0, 0); break;
	case 4: syscall(SYS_openat, AT_FDCWD, p, O_RDONLY | O_PATH | O_NOFOLLOW | O_DIRECTORY); break;
	case 5: syscall(SYS_readlinkat, AT_FDCWD, p, q, l); break;
	case 6: syscall(SYS_poll, p, l & 63, 0); break;
	case 7: syscall(SYS_recvmsg, silent[0], p, MSG_DONTWAIT); break;
	case 8: syscall(SYS_sendmsg, pair[1], p, MSG_DONTWAIT); break;
	case 9: syscall(SYS_recvmmsg, silent[0], p, l & 63, MSG_DONTWAIT, 0); break;
	case 10: syscall(SYS_sendmmsg, pair[1], p, l & 63, MSG_DONTWAIT); break;
	case 11: syscall(SYS_getdents64, directory, p, l); lseek(directory, 0, SEEK_SET); break;
	case 12: syscall(SYS_rt_sigaction, SIGUSR2, 0, p, 8); break;
	case 13: syscall(SYS_clock_gettime, 1, p); break;
	case 14: syscall(SYS_execve, "/none", p, q); break;
	case 15: syscall(SYS_epoll_ctl, events, 1, pair[0], p); break;
	case 16: syscall(SYS_epoll_wait, events, p, l & 63, 0); break;
	case 17: syscall(SYS_statx, AT_FDCWD, p, 0, 0xfff, q); break;
	case 18: syscall(SYS_getsockopt, pair[0], SOL_SOCKET, next(r) % 60, p, q); break;
	case 19: syscall(SYS_setsockopt, pair[0], SOL_SOCKET, SO_ATTACH_FILTER, p, l); break;
	case 20: syscall(SYS_ioctl, null, 0x5401, p); break;
	case 21: syscall(SYS_fcntl, null, 5, p); break;
	case 22: syscall(SYS_process_vm_writev, -1, p, l & 31, q, l & 31, 0); break;
	case 23: syscall(SYS_prctl, 15, p); break;
	case 24: syscall(SYS_sendto, pair[1], p, l & PAGE, MSG_DONTWAIT, q, l & 0x7f); break;
	case 25: syscall(SYS_rt_sigqueueinfo, -1, 0, p); break;
	case 26: syscall(SYS_bpf, next(r) % 40, p, l & 255); break;
	case 27: syscall(SYS_futex, p, 129, 1, q, p, 0); break;
	}
}

static void *call_all(void *arg)
{
	uint32_t r = 77 + (long)arg;
	while (!stop)
		call_once(&r);
	return arg;
}

int main(void)
{
	pthread_t threads[THREADS + 1];
	torn = mmap(0, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(torn + PAGES * PAGE, PAGE);
	null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR), directory = open("/dev", O_RDONLY | O_DIRECTORY);
	events = syscall(SYS_epoll_create1, 0);
	if (torn == MAP_FAILED || null < 0 || zero < 0 || directory < 0 || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) ||
	    socketpair(AF_UNIX, SOCK_DGRAM, 0, silent))
		return 3;
	pthread_create(&threads[THREADS], 0, tear, 0);
	for (long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], 0, call_all, (void *)i);
	say("ready\n");
	while (!told_to_end(1000))
		;
	stop = 1;
	for (int i = 0; i <= THREADS; i++)
		pthread_join(threads[i], 0);
	say("ok\n");
	return 0;
}
