/* Says "a needle" in the way that is asked for, in the function speak. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int file, sockets[2];
static char text[] = "a needle\n";

static void handler(int sig) { (void)sig; }

/* Fills a pipe, writes to it, and has a signal break that off, before it is read. */
static void restarted(void)
{
	static char much[1 << 20];
	struct sigaction act = { .sa_handler = handler, .sa_flags = SA_RESTART };
	int fds[2], n = 0, state = 0;
	pid_t pid = getpid();

	pipe(fds);
	sigaction(SIGUSR1, &act, NULL);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	while (write(fds[1], much, sizeof much) > 0)
		;
	fcntl(fds[1], F_SETFL, 0);
	if (fork() == 0) {
		char path[64], line[256];
		close(fds[1]);
		snprintf(path, sizeof path, "/proc/%d/wchan", pid);
		/* Asleep in the write, then asleep again after the signal. */
		for (n = 0; n < 2; n++) {
			snprintf(path, sizeof path, "/proc/%d/stat", pid);
			for (state = 0; state < 3;) {
				FILE *f = fopen(path, "r");
				char *p = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
				fclose(f);
				state = p && p[2] == 'S' ? state + 1 : 0;
				usleep(2000);
			}
			if (n == 0)
				kill(pid, SIGUSR1);
		}
		while (read(fds[0], much, sizeof much) > 0)
			;
		_exit(0);
	}
	close(fds[0]);
	write(fds[1], text, strlen(text));
	close(fds[1]);
	wait(NULL);
}

__attribute__((noinline)) static void speak(const char *how)
{
	struct iovec iov[3] = { { "a ", 2 }, { "nee", 3 }, { "dle\n", 4 } };
	struct mmsghdr msgs[2] = {
		{ .msg_hdr = { .msg_iov = iov, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = iov + 1, .msg_iovlen = 2 } },
	};
	size_t n = strlen(text);

	if (!strcmp(how, "write"))
		write(file, text, n);
	else if (!strcmp(how, "pwrite64"))
		pwrite(file, text, n, 5);
	else if (!strcmp(how, "writev"))
		writev(file, iov, 3);
	else if (!strcmp(how, "pwritev"))
		pwritev(file, iov, 3, 5);
	else if (!strcmp(how, "pwritev2"))
		pwritev2(file, iov, 3, 5, RWF_DSYNC);
	else if (!strcmp(how, "sendto"))
		sendto(sockets[0], text, n, 0, NULL, 0);
	else if (!strcmp(how, "sendmsg"))
		sendmsg(sockets[0], &(struct msghdr){ .msg_iov = iov, .msg_iovlen = 3 }, 0);
	else if (!strcmp(how, "sendmmsg"))
		sendmmsg(sockets[0], msgs, 2, 0);
#ifdef __i386__
	else if (!strcmp(how, "socketcall")) /* SYS_SEND */
		syscall(SYS_socketcall, 9, (long[]){ sockets[0], (long)text, (long)n, 0 });
#endif
	else if (!strcmp(how, "letters"))
		for (size_t i = 0; i < n; i++)
			write(file, text + i, 1);
	else if (!strcmp(how, "perror")) {
		errno = ENOENT;
		perror("a needle");
	} else if (!strcmp(how, "stdio")) {
		setvbuf(stdout, NULL, _IONBF, 0);
		printf("%s nee%s\n", "a", "dle");
	} else if (!strcmp(how, "closed")) { /* pieces of two files */
		write(file, "a nee", 5);
		close(file);
		file = open("/dev/null", O_WRONLY);
		write(file, "dle\n", 4);
	} else if (!strcmp(how, "descriptor")) {
		dup2(file, 77);
		write(77, text, n);
	} else if (!strcmp(how, "restarted"))
		restarted();
	else if (!strcmp(how, "hostile")) { /* what cannot be read, or is not there */
		struct iovec bad[2] = { { (void *)16, 100 }, { text, n } };
		write(file, (void *)16, 1000);
		write(file, text, -1);
		writev(file, bad, 2);
		writev(file, (void *)16, 2);
		writev(file, iov, -1);
		sendmsg(sockets[0], (void *)16, 0);
		sendmmsg(sockets[0], msgs, -1, MSG_DONTWAIT);
		write(-1, text, n);
	} else if (!strcmp(how, "die")) {
		write(file, text, n);
		raise(SIGTERM);
	}
}

static void *thread(void *how)
{
	speak(how);
	return NULL;
}

int main(int argc, char **argv)
{
	const char *how = argv[1], *who = argc > 2 ? argv[2] : "";
	char line[16];

	file = open("/dev/null", O_WRONLY);
	socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
	if (!strcmp(who, "thread")) {
		pthread_t t;
		pthread_create(&t, NULL, thread, argv[1]);
		pthread_join(t, NULL);
	} else if (!strcmp(who, "grandchild")) {
		if (fork() == 0) {
			if (fork() == 0)
				execl("/proc/self/exe", argv[0], how, NULL);
			wait(NULL);
			_exit(0);
		}
		wait(NULL);
	} else if (!strcmp(who, "asked")) { /* for each line that it reads */
		printf("ready\n");
		fflush(stdout);
		while (fgets(line, sizeof line, stdin))
			speak(how);
	} else
		speak(how);
	return 7;
}
