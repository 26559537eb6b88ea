// What the programs to attach to have in common. Each says "ready" and the
// pids that the test cannot know, works until its standard input ends, and then
// says "ok" if every library call gave the right result, "wrong: ..." if not.
//
// The library functions are declared here and not by their headers, which may
// make inline code of them: every call goes through the PLT.
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

int atoi(const char *);
int toupper(int);
long strtol(const char *, char **, int);
void *malloc(size_t);
void free(void *);

// told_to_end waits up to timeout milliseconds for standard input to end.
static inline int told_to_end(int timeout)
{
	struct pollfd in = { 0, POLLIN, 0 };
	char c;
	return poll(&in, 1, timeout) == 1 && read(0, &c, 1) == 0;
}

// say prints one line and no more than the test may count on: unbuffered, by
// one write.
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char line[200];
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	if (n >= (int)sizeof line)
		n = sizeof line - 1;
	if (write(1, line, n) != n)
		_exit(3);
}

static const char *const number[] = { "0", "1", "22", "333", "4444", "55555", "666666", "7777777" };
static const int value[] = { 0, 1, 22, 333, 4444, 55555, 666666, 7777777 };

// work makes 2 library calls with round's arguments and returns how many gave
// a wrong result.
static inline int work(unsigned round)
{
	int wrong = atoi(number[round % 8]) != value[round % 8];
	wrong += toupper('a' + round % 26) != (int)('A' + round % 26);
	return wrong;
}
