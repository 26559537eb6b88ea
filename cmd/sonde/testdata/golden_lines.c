// A program of one thread, whose trace has every sort of line: calls with and without a
// result, nested ones, such as fail, strings, system calls, signals, and an end. Calls that
// are to be seen go to libc by name; it is compiled with -fno-builtin.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int sink; // calls whose result nobody wants are left out

static void handler(int sig)
{
	sink = abs(-sig);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

int main(void)
{
	char words[2][4] = { "bb", "aa" };
	struct sigaction sa = { .sa_handler = handler };
	char buf[8];
	int ends[2];

	sink = atoi("42");
	setenv("SONDE_GOLDEN", "a value that is longer than the thirty-two bytes that are shown", 1);
	getenv("SONDE_GOLDEN");
	open("/none/such/file", O_RDONLY);
	dup2(open("/dev/zero", O_RDONLY), 100);
	read(100, buf, sizeof buf);
	pipe(ends);
	qsort(words, 2, sizeof words[0], compare);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	exit(3);
}
