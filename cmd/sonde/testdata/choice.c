/* Calls that choices are made among: they succeed and fail, and use a file by its
 * names, by descriptors, and by structures with descriptors in them. The arguments
 * are the file, a link to it, and what the child is to execute. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void nothing(int sig) { (void)sig; }

static void use(int fd)
{
	char c;
	struct stat st;
	struct pollfd fds[2] = {{.fd = 0, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	struct timeval none = {0, 0};
	fd_set set;

	read(fd, &c, 1);
	fstat(fd, &st);
	poll(fds, 1, 0);
	poll(fds, 2, 0);
	FD_ZERO(&set);
	FD_SET(fd, &set);
	select(fd + 1, &set, NULL, NULL, &none);
	FD_ZERO(&set);
	FD_SET(0, &set);
	select(1, &set, NULL, NULL, &none);
	mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	write(fd, "x", 1);
	int ep = epoll_create1(0);
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = 0};
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev); /* EPERM: a plain file */
	close(ep);
	dup2(fd, 19);
	read(19, &c, 1);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	signal(SIGUSR1, nothing);
	signal(SIGUSR2, nothing);
	int fd = open(argv[1], O_RDONLY);
	use(fd);
	close(fd);
	access(argv[2], R_OK);
	open("/nonexistent/file", O_RDONLY);
	read(-1, NULL, 0);
	openat(AT_FDCWD, argv[1], O_RDONLY | O_DIRECTORY);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	pid_t child = fork();
	if (child == 0) {
		execl("/nonexistent/program", "none", NULL);
		execl(argv[3], argv[3], NULL);
		_exit(1);
	}
	waitpid(child, NULL, 0);
	waitpid(child, NULL, 0);
	return 0;
}
