// calls THREADS N [kernel | descriptors | stack]: every thread calls atoi N times, or the
// kernel: its getppid, or lseek and recv in turn, of a file and of a TCP connection; or
// atoi from within 20 functions; prints the nanoseconds per call, from the start of the
// first to the end of the last thread.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Not by stdlib.h, whose inline atoi is a call of strtol.
int atoi(const char *);
long atol(const char *);

enum { MAX_THREADS = 64 };

static long calls;
static int kernel, file, connection, functions;
static pthread_barrier_t started;

static void *run(void *arg)
{
	long *sum = arg;
	pthread_barrier_wait(&started);
	if (connection)
		for (long i = 0; i < calls; i++, *sum += 42)
			if (i % 2)
				lseek(file, 0, SEEK_SET);
			else
				recv(connection, &(char){ 0 }, 1, MSG_DONTWAIT);
	else if (kernel)
		for (long i = 0; i < calls; i++, *sum += 42)
			syscall(SYS_getppid);
	else
		for (long i = 0; i < calls; i++)
			*sum += atoi("42");
	return NULL;
}

// within calls run from within as many functions.
__attribute__((noinline)) static void *within(int n, void *arg)
{
	void *result = n > 0 ? within(n - 1, arg) : run(arg);
	functions++; // not its last act is the call
	return result;
}

static double now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

// connected returns one end of a TCP connection, or -1.
static int connected(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM, 0), end = socket(AF_INET, SOCK_STREAM, 0);
	if (listen(listener, 1) || getsockname(listener, (struct sockaddr *)&at, &size))
		return -1;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(end, (struct sockaddr *)&at, size) ? -1 : end;
}

int main(int argc, char **argv)
{
	if (argc != 3 && argc != 4)
		return 2;
	kernel = argc == 4 && argv[3][0] == 'k';
	int deep = argc == 4 && argv[3][0] == 's' ? 20 : 0;
	if (argc == 4 && !kernel && !deep && ((file = open("/etc/passwd", O_RDONLY)) < 0 || (connection = connected()) < 0))
		return 2;
	int threads = atoi(argv[1]);
	calls = atol(argv[2]);
	if (threads < 1 || threads > MAX_THREADS || calls < 1)
		return 2;

	static pthread_t thread[MAX_THREADS];
	static struct { long sum; char pad[56]; } result[MAX_THREADS]; // a cache line each
	pthread_barrier_init(&started, NULL, threads);
	for (int i = 1; i < threads; i++)
		if (pthread_create(&thread[i], NULL, run, &result[i]))
			return 2;
	double start = now();
	within(deep, &result[0]);
	for (int i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
	double end = now();
	for (int i = 0; i < threads; i++)
		if (result[i].sum != 42 * calls)
			return 1;
	printf("%.3f\n", (end - start) / ((double)calls * threads));
	return 0;
}
