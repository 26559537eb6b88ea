// Formats whose arguments come in a va_list, of which some may have been taken; the
// fortified functions, which a program calls that was compiled with _FORTIFY_SOURCE; and
// the rarer formats.
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <error.h>
#include <obstack.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <wchar.h>

#include "expect.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

static char buf[512];
static int n;

// after_ints has its list read from behind some ints on: the general registers are used
// up in the middle, or before.
static const char *after_ints(int taken, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	for (int i = 0; i < taken; i++)
		(void)va_arg(args, int);
	n = vsprintf(buf, format, args);
	va_end(args);
	return expect_string(format);
}

static const char *after_doubles(int taken, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	for (int i = 0; i < taken; i++)
		(void)va_arg(args, double);
	n = vsnprintf(buf, 100, format, args);
	va_end(args);
	return expect_string(format);
}

static void partly_taken(void)
{
	const char *format = after_ints(0, "%d %d %d %d %d %d %s", 1, 2, 3, 4, 5, 6, "end");
	expect("vsprintf(\"1 2 3 4 5 6 end\", %s, 1, 2, 3, 4, 5, 6, \"end\") = 15", format);
	format = after_ints(2, "%d %d %d %d %d %s", 1, 2, 3, 4, 5, 6, 7, "end");
	expect("vsprintf(\"3 4 5 6 7 end\", %s, 3, 4, 5, 6, 7, \"end\") = 13", format);
	format = after_ints(6, "%d %s %g %Lf %lld", 1, 2, 3, 4, 5, 6, 7, "end", 1.5, 2.5L, 1LL << 40);
	expect("vsprintf(\"7 end 1.5 2.500000 1099511627776\", %s, 7, \"end\", 1.500000, 2.500000, 1099511627776) = 32", format);
	format = after_ints(1, "%2$s %1$d", 0, 7, "second");
	expect("vsprintf(\"second 7\", %s, 7, \"second\") = 8", format);
	format = after_ints(0, "%Lf %d %Lf %d", 1.5L, 2, 2.5L, 3);
	expect("vsprintf(\"1.500000 2 2.500000 3\", %s, 1.500000, 2, 2.500000, 3) = 21", format);
	format = after_ints(0, "%c%hhd%.*s", 'x', -1, 2, "cut");
	expect("vsprintf(\"x-1cu\", %s, 'x', -1, 2, \"cu\") = 5", format);
	format = after_doubles(3, "%g %g %g %g %g %g %g %s", 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., "end");
	expect("vsnprintf(\"4 5 6 7 8 9 10 end\", 100, %s, 4.000000, 5.000000, 6.000000, 7.000000, 8.000000, "
	       "9.000000, 10.000000, \"end\") = 18", format);
}

enum { VFPRINTF, VDPRINTF, VASPRINTF, VWARN, VWARNX, VSYSLOG, OBSTACK_VPRINTF };
static struct obstack stack;

static void listed(int function, const char *format, ...)
{
	char *made;
	va_list args;
	va_start(args, format);
	switch (function) {
	case VFPRINTF: n = vfprintf(stdout, format, args); break;
	case VDPRINTF: n = vdprintf(1, format, args); break;
	case VASPRINTF: n = vasprintf(&made, format, args); break;
	case VWARN: vwarn(format, args); break;
	case VWARNX: vwarnx(format, args); break;
	case VSYSLOG: vsyslog(LOG_DEBUG | LOG_USER, format, args); break;
	case OBSTACK_VPRINTF: n = obstack_vprintf(&stack, format, args); break;
	}
	va_end(args);
}

static void all_lists(void)
{
	listed(VFPRINTF, "%d %s", 1, "one");
	expect("vfprintf(stdout, \"%%d %%s\", 1, \"one\") = 5");
	listed(VDPRINTF, "%d %s", 2, "two");
	expect("vdprintf(1, \"%%d %%s\", 2, \"two\") = 5");
	listed(VASPRINTF, "%d %s", 3, "three");
	expect("vasprintf(\"3 three\", \"%%d %%s\", 3, \"three\") = 7");
	listed(VWARN, "%d %s", 4, "four");
	expect("vwarn(\"%%d %%s\", 4, \"four\") = <void>");
	listed(VWARNX, "%d %s", 5, "five");
	expect("vwarnx(\"%%d %%s\", 5, \"five\") = <void>");
	listed(VSYSLOG, "%d %s", 6, "six");
	expect("vsyslog(LOG_DEBUG|LOG_USER, \"%%d %%s\", 6, \"six\") = <void>");
	obstack_init(&stack);
	expect("_obstack_begin(%p, 0, 0, malloc, free) = 1", (void *)&stack);
	listed(OBSTACK_VPRINTF, "%d %s", 7, "seven");
	expect("obstack_vprintf(%p, \"%%d %%s\", 7, \"seven\") = 7", (void *)&stack);
	n = obstack_printf(&stack, "%d %s", 8, "eight");
	expect("obstack_printf(%p, \"%%d %%s\", 8, \"eight\") = 7", (void *)&stack);
}

static void wide_list(const wchar_t *format, ...)
{
	static wchar_t wide[64];
	va_list args;
	va_start(args, format);
	n = vswprintf(wide, 64, format, args);
	va_end(args);
}

static void scanned(const char *text, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	n = vsscanf(text, format, args);
	va_end(args);
}

static void scans(void)
{
	int i, j;
	char *made, *other;
	char word[32], set[32];
	wide_list(L"%d %ls %s", 3, L"wide", "narrow");
	expect("vswprintf(\"3 wide narrow\", 64, \"%%d %%ls %%s\", 3, \"wide\", \"narrow\") = 13");
	scanned("1 two", "%d %s", &i, word);
	expect(ISO_SCANF "vsscanf(\"1 two\", \"%%d %%s\", 1, \"two\") = 2");
	n = sscanf("12 abc", "%d %ms %d", &i, &made, &j);
	expect(ISO_SCANF "sscanf(\"12 abc\", \"%%d %%ms %%d\", 12, \"abc\", %p) = 2", (void *)&j);
	n = sscanf("12 abc", "%d %m[0-9]", &i, &other);
	expect(ISO_SCANF "sscanf(\"12 abc\", \"%%d %%m[0-9]\", 12, %p) = 1", (void *)&other);
	n = sscanf("a,b;c", "%[^,],%*[^;];%c", word, set);
	expect(ISO_SCANF "sscanf(\"a,b;c\", \"%%[^,],%%*[^;];%%c\", \"a\", 'c') = 2");
	n = sscanf("x]y", "%[]x]%s", word, set);
	expect(ISO_SCANF "sscanf(\"x]y\", \"%%[]x]%%s\", \"x]\", \"y\") = 2");
	n = sscanf("12:34", "%2d:%*d%n", &i, &j);
	expect(ISO_SCANF "sscanf(\"12:34\", \"%%2d:%%*d%%n\", 12, 5) = 1");
}

int __printf_chk(int, const char *, ...);
int __fprintf_chk(FILE *, int, const char *, ...);
int __sprintf_chk(char *, int, size_t, const char *, ...);
int __snprintf_chk(char *, size_t, int, size_t, const char *, ...);
int __asprintf_chk(char **, int, const char *, ...);
int __dprintf_chk(int, int, const char *, ...);
int __swprintf_chk(wchar_t *, size_t, int, size_t, const wchar_t *, ...);
int __obstack_printf_chk(struct obstack *, int, const char *, ...);
void __syslog_chk(int, int, const char *, ...);
int __vsnprintf_chk(char *, size_t, int, size_t, const char *, va_list);

static void fortified_list(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	n = __vsnprintf_chk(buf, 100, 1, sizeof buf, format, args);
	va_end(args);
}

static void fortified(void)
{
	char *made;
	wchar_t wide[16];
	n = __printf_chk(1, "%d %s\n", 1, "one");
	expect("__printf_chk(1, \"%%d %%s\\n\", 1, \"one\") = 6");
	n = __fprintf_chk(stdout, 1, "%d %s\n", 2, "two");
	expect("__fprintf_chk(stdout, 1, \"%%d %%s\\n\", 2, \"two\") = 6");
	n = __sprintf_chk(buf, 1, sizeof buf, "%d %s", 3, "three");
	expect("__sprintf_chk(\"3 three\", 1, 512, \"%%d %%s\", 3, \"three\") = 7");
	n = __snprintf_chk(buf, 4, 1, sizeof buf, "%d %s", 4, "four");
	expect("__snprintf_chk(\"4 f\", 4, 1, 512, \"%%d %%s\", 4, \"four\") = 6");
	n = __asprintf_chk(&made, 1, "%d %s", 5, "five");
	expect("__asprintf_chk(\"5 five\", 1, \"%%d %%s\", 5, \"five\") = 6");
	n = __dprintf_chk(1, 1, "%d %s", 6, "six");
	expect("__dprintf_chk(1, 1, \"%%d %%s\", 6, \"six\") = 5");
	n = __swprintf_chk(wide, 16, 1, 16, L"%d %s", 7, "seven");
	expect("__swprintf_chk(\"7 seven\", 16, 1, 16, \"%%d %%s\", 7, \"seven\") = 7");
	n = __obstack_printf_chk(&stack, 1, "%d %s", 8, "eight");
	expect("__obstack_printf_chk(%p, 1, \"%%d %%s\", 8, \"eight\") = 7", (void *)&stack);
	__syslog_chk(LOG_DEBUG, 1, "%d %s", 9, "nine");
	expect("__syslog_chk(LOG_DEBUG, 1, \"%%d %%s\", 9, \"nine\") = <void>");
	fortified_list("%s %d", "ten", 10);
	expect("__vsnprintf_chk(\"ten 10\", 100, 1, 512, \"%%s %%d\", \"ten\", 10) = 6");
}

static void rarer(void)
{
	struct tm day = {.tm_year = 71, .tm_mday = 3};
	wchar_t wide[16];
	n = snprintf(buf, 40, "%b %#B %d", 5, 6, 7);
	expect("snprintf(%s, 40, \"%%b %%#B %%d\", 0b101, 0b110, 7) = %d", expect_string(buf), n);
	n = snprintf(buf, 40, "%.0s|%d", (char *)16, 3);
	expect("snprintf(\"|3\", 40, \"%%.0s|%%d\", \"\", 3) = 2");
	n = printf("%m %d", 3);
	expect("printf(\"%%m %%d\", 3) = %d", n);
	n = wcsftime(wide, 16, L"%Y-%m", &day);
	expect("wcsftime(\"1971-01\", 16, \"%%Y-%%m\", 1971-01-03T00:00:00) = 7");
	n = strftime(buf, 3, "%Y-%m", &day);
	expect("strftime(%p, 3, \"%%Y-%%m\", 1971-01-03T00:00:00) = 0", buf);
	n = strfromd(buf, 20, "%g", 1.25);
	expect("strfromd(\"1.25\", 20, \"%%g\", 1.250000) = 4");
	n = strfroml(buf, 20, "%.3f", 2.5L);
	expect("strfroml(\"2.500\", 20, \"%%.3f\", 2.500000) = 5");
	fclose(stderr);
	expect("fclose(stderr) = 0");
	error_at_line(0, EPERM, "file.c", 12, "why %s", "not");
	expect("error_at_line(0, EPERM, \"file.c\", 12, \"why %%s\", \"not\") = <void>");
	psignal(SIGTERM, "signal");
	expect("psignal(SIGTERM, \"signal\") = <void>");
}

// put writes a text without a function of libc's.
static void put(char *to, const char *text)
{
	while ((*to++ = *text++))
		;
}

// long_formats are of more characters and arguments than anybody writes by hand.
static void long_formats(void)
{
	static char format[200010];
	for (int i = 0; i < 5000; i++)
		put(format + 2 * i, "%%");
	put(format + 10000, "%d %s");
	n = snprintf(NULL, 0, format, 5, "end");
	expect("snprintf(nil, 0, \"%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%\"..., 5, \"end\") = 5005");
	for (int i = 0; i < 100000; i++)
		put(format + 2 * i, "%%");
	put(format + 200000, "%d");
	n = snprintf(NULL, 0, format, 5);
	expect("snprintf(nil, 0, \"%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%\"..., ...) = 100001");
#define TEN 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
#define TEN_TEXT "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "
	for (int i = 0; i < 70; i++)
		put(format + 2 * i, "%d");
	n = snprintf(buf, 3, format, TEN, TEN, TEN, TEN, TEN, TEN, TEN);
	expect("snprintf(\"01\", 3, \"%%d%%d%%d%%d%%d%%d%%d%%d%%d%%d%%d%%d%%d%%d%%d%%d\"..., "
	       TEN_TEXT TEN_TEXT TEN_TEXT TEN_TEXT TEN_TEXT TEN_TEXT "0, 1, 2, 3, ...) = 70");
}

int main(void)
{
	partly_taken();
	all_lists();
	scans();
	fortified();
	rarer();
	long_formats();
	return 0;
}
