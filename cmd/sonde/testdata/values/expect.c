// The library of expect.h.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "expect.h"

static int lines; // where the lines go: the program's standard output, as it was

__attribute__((constructor)) static void begin(void)
{
	close_range(3, ~0u, 0); // the program's own descriptors begin with 3
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	lines = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close(null);
}

void expect(const char *format, ...)
{
	char line[8192];
	int saved = errno;
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line, sizeof line - 1, format, args);
	va_end(args);
	line[n++] = '\n';
	if (write(lines, line, n) != n)
		_exit(99);
	errno = saved;
}

void expect_same(const char *call, const char *text)
{
	expect("%.*s(%s) = %s", (int)strcspn(call, "("), call, text, text);
}

// room returns memory for a text that is to live until the line is written.
static char *room(void)
{
	static char rooms[16][1024];
	static unsigned next;
	return rooms[next++ % 16];
}

const char *expect_error(void)
{
	char *p = room();
	snprintf(p, 1024, "%s (%s)", strerrorname_np(errno), strerror(errno));
	return p;
}

const char *expect_text(const void *text, size_t n)
{
	const unsigned char *s = text;
	char *begin = room(), *p = begin;
	*p++ = '"';
	for (size_t i = 0; i < n; i++) {
		static const char named[] = "\"\\\a\b\t\n\v\f\r", letters[] = "\"\\abtnvfr";
		const char *c = s[i] ? strchr(named, s[i]) : NULL;
		if (c)
			p += sprintf(p, "\\%c", letters[c - named]);
		else if (s[i] == 0 && (i + 1 == n || s[i + 1] < '0' || s[i + 1] > '7'))
			p += sprintf(p, "\\0");
		else if (s[i] < ' ' || s[i] > '~')
			p += sprintf(p, "\\%03o", s[i]);
		else
			*p++ = s[i];
	}
	*p++ = '"';
	*p = 0;
	return begin;
}

const char *expect_string(const char *text) { return expect_text(text, strlen(text)); }

const char *expect_moment(long long seconds, long nanoseconds)
{
	char *p = room(), text[64];
	time_t t = seconds;
	struct tm tm;
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&t, &tm));
	if (nanoseconds)
		snprintf(p, 1024, "%s.%09ld+0000", text, nanoseconds);
	else
		snprintf(p, 1024, "%s+0000", text);
	return p;
}

const char *expect_number(unsigned long long n)
{
	char *p = room();
	snprintf(p, 1024, "%llu", n);
	return p;
}

const char *expect_address(const void *address)
{
	char *p = room();
	if (address)
		snprintf(p, 1024, "%p", address);
	else
		strcpy(p, "nil");
	return p;
}

char *expect_end(size_t n)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(p + page, page);
	return p + page - n;
}
