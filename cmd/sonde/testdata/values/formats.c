// The families of printf and scanf, and others that take formats.
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <error.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <wchar.h>

#include "expect.h"

static char buf[256];
static int n;

static void integers(void)
{
	n = printf("%d %i %u\n", -5, 7, 4000000000u);
	expect("printf(\"%%d %%i %%u\\n\", -5, 7, 4000000000) = %d", n);
	n = printf("%hhd %hhu %hd %hu", -3, 253, -300, 65000);
	expect("printf(\"%%hhd %%hhu %%hd %%hu\", -3, 253, -300, 65000) = %d", n);
	n = printf("%ld %lu %lld %llu", -1L, 4000000000ul, -1LL, 18446744073709551615ull);
	expect("printf(\"%%ld %%lu %%lld %%llu\", -1, 4000000000, -1, 18446744073709551615) = %d", n);
	n = printf("%qd %jd %zu %zd %td", -2LL, (intmax_t)-3, (size_t)4, (ssize_t)-5, (ptrdiff_t)-6);
	expect("printf(\"%%qd %%jd %%zu %%zd %%td\", -2, -3, 4, -5, -6) = %d", n);
	n = printf("%x %X %#x %o %#o", 255, 255, 255, 8, 8);
	expect("printf(\"%%x %%X %%#x %%o %%#o\", 0xff, 0xff, 0xff, 010, 010) = %d", n);
	n = printf("%" PRId64 " %" PRIx64 " %" PRIu8, INT64_C(-123456789012), UINT64_C(0x123456789abc), 200);
	expect("printf(%s, -123456789012, 0x123456789abc, 200) = %d",
	       expect_string("%" PRId64 " %" PRIx64 " %" PRIu8), n);
	n = printf("%5d|%-5d|%05d|%+d|% d|%'d", 1, 2, 3, 4, 5, 6);
	expect("printf(\"%%5d|%%-5d|%%05d|%%+d|%% d|%%'d\", 1, 2, 3, 4, 5, 6) = %d", n);
	n = printf("%*d %-*d %.*d", 4, 1, 5, 2, 6, 3);
	expect("printf(\"%%*d %%-*d %%.*d\", 4, 1, 5, 2, 6, 3) = %d", n);
	n = printf("%2$s %1$d\n", 7, "positional");
	expect("printf(\"%%2$s %%1$d\\n\", 7, \"positional\") = %d", n);
	n = printf("%3$*1$d %3$.*2$d", 5, 3, 42);
	expect("printf(\"%%3$*1$d %%3$.*2$d\", 5, 3, 42) = %d", n);
	n = printf("%2$lld %1$d %3$g", 1, 1LL << 40, 0.5);
	expect("printf(\"%%2$lld %%1$d %%3$g\", 1, 1099511627776, 0.500000) = %d", n);
}

static void floats(void)
{
	n = printf("%f %e %g %a", 1.5, -2.25, 1e10, 0.5);
	expect("printf(\"%%f %%e %%g %%a\", 1.500000, -2.250000, 10000000000.000000, 0x1p-1) = %d", n);
	n = printf("%F %E %G %A", 1.0, 1.0, 1.0, 1.0);
	expect("printf(\"%%F %%E %%G %%A\", 1.000000, 1.000000, 1.000000, 0x1p+0) = %d", n);
	n = printf("%Lf %g\n", 1.5L, 2.5);
	expect("printf(\"%%Lf %%g\\n\", 1.500000, 2.500000) = %d", n);
	n = printf("%.2Lf %Le %La %d", 1.25L, 2.0L, 0.5L, 9);
	expect("printf(\"%%.2Lf %%Le %%La %%d\", 1.250000, 2.000000, 0x1p-1, 9) = %d", n);
	n = printf("%g %g %g %g %g %g %g %g %g %d %g", 1., 2., 3., 4., 5., 6., 7., 8., 9., 10, 11.);
	expect("printf(\"%%g %%g %%g %%g %%g %%g %%g %%g %%g %%d %%g\", 1.000000, 2.000000, 3.000000, 4.000000, "
	       "5.000000, 6.000000, 7.000000, 8.000000, 9.000000, 10, 11.000000) = %d", n);
	n = printf("%d %d %d %d %d %d %d %g", 1, 2, 3, 4, 5, 6, 7, 8.);
	expect("printf(\"%%d %%d %%d %%d %%d %%d %%d %%g\", 1, 2, 3, 4, 5, 6, 7, 8.000000) = %d", n);
	n = printf("%g %g %g", 0.1, 1e-10, 1e300);
	expect("printf(\"%%g %%g %%g\", 0.100000, 1e-10, 1e+300) = %d", n);
	n = printf("%g %g %g", -0.0, 1 / 0.0, -1 / 0.0);
	expect("printf(\"%%g %%g %%g\", -0.000000, inf, -inf) = %d", n);
}

static void texts(void)
{
	static const char raw[4] = {'r', 'a', 'w', '!'}; // ends nowhere near
	n = printf("%s %c %%", "text", 'x');
	expect("printf(\"%%s %%c %%%%\", \"text\", 'x') = %d", n);
	n = printf("%8s|%-8s|%.2s", "wide", "left", "cut");
	expect("printf(\"%%8s|%%-8s|%%.2s\", \"wide\", \"left\", \"cu\") = %d", n);
	n = printf("%.*s", 4, raw);
	expect("printf(\"%%.*s\", 4, \"raw!\") = %d", n);
	n = printf("%s", (char *)NULL);
	expect("printf(\"%%s\", nil) = %d", n);
	n = printf("%ls %lc %S %C", L"abc", L'd', L"ef", L'g');
	expect("printf(\"%%ls %%lc %%S %%C\", \"abc\", 'd', \"ef\", 'g') = %d", n);
	n = printf("%p %p", (void *)buf, NULL);
	expect("printf(\"%%p %%p\", %p, nil) = %d", buf, n);
	int so_far;
	long so_far_long;
	n = printf("ab%ncd%ln", &so_far, &so_far_long);
	expect("printf(\"ab%%ncd%%ln\", %d, %ld) = %d", so_far, so_far_long, n);
}

static void outputs(void)
{
	char *made;
	n = sprintf(buf, "%d-%s", 42, "answer");
	expect("sprintf(\"42-answer\", \"%%d-%%s\", 42, \"answer\") = 9");
	n = snprintf(buf, 4, "%s", "truncated");
	expect("snprintf(\"tru\", 4, \"%%s\", \"truncated\") = 9");
	n = snprintf(NULL, 0, "%d", 12345);
	expect("snprintf(nil, 0, \"%%d\", 12345) = 5");
	n = asprintf(&made, "%d", 7);
	expect("asprintf(\"7\", \"%%d\", 7) = 1");
	n = fprintf(stdout, "%d\n", 1);
	expect("fprintf(stdout, \"%%d\\n\", 1) = 2");
	n = fprintf(stderr, "%s", "");
	expect("fprintf(stderr, \"%%s\", \"\") = 0");
	n = dprintf(1, "%c", 'd');
	expect("dprintf(1, \"%%c\", 'd') = 1");
	n = dprintf(-1, "%c", 'd');
	expect("dprintf(-1, \"%%c\", 'd') = -1 %s", expect_error());
	FILE *wide = fopen("/dev/null", "w");
	expect("fopen(\"/dev/null\", \"w\") = %p", (void *)wide);
	n = fwprintf(wide, L"%lc%d", L'w', 1);
	expect("fwprintf(%p, \"%%lc%%d\", 'w', 1) = 2", (void *)wide);
	wchar_t w[16];
	n = swprintf(w, 16, L"%d %ls %s", 3, L"wide", "narrow");
	expect("swprintf(\"3 wide narrow\", 16, \"%%d %%ls %%s\", 3, \"wide\", \"narrow\") = 13");
}

__attribute__((format(printf, 1, 2))) static void by_list(const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(buf, sizeof buf, format, args);
	va_end(args);
	expect("vsnprintf(\"-1 two 3.5 4 5 6 7 8\", 256, %s, -1, \"two\", 3.500000, 4, 5, 6, 7, 8) = %d",
	       expect_string(format), n);
	n = vprintf(format, again);
	va_end(again);
	expect("vprintf(%s, -1, \"two\", 3.500000, 4, 5, 6, 7, 8) = %d", expect_string(format), n);
}

static void inputs(void)
{
	int i, j;
	long l;
	long long ll;
	short h;
	signed char hh;
	unsigned u, x;
	float f;
	double d;
	long double ld;
	static char lines[] = "31 line";
	char word[32], set[32], chars[4] = "...";
	wchar_t wide[32];
	char *made;
	void *p;
	n = sscanf("12 -3", "%d %i", &i, &j);
	expect(ISO_SCANF "sscanf(\"12 -3\", \"%%d %%i\", 12, -3) = 2");
	n = sscanf("1 2 3 4", "%ld %lld %hd %hhd", &l, &ll, &h, &hh);
	expect(ISO_SCANF "sscanf(\"1 2 3 4\", \"%%ld %%lld %%hd %%hhd\", 1, 2, 3, 4) = 4");
	n = sscanf("7 ff", "%u %x", &u, &x);
	expect(ISO_SCANF "sscanf(\"7 ff\", \"%%u %%x\", 7, 0xff) = 2");
	n = sscanf("1.5 2.5 3.5", "%f %lf %Lf", &f, &d, &ld);
	expect(ISO_SCANF "sscanf(\"1.5 2.5 3.5\", \"%%f %%lf %%Lf\", 1.500000, 2.500000, 3.500000) = 3");
	n = sscanf("word abc123", "%s %[a-z]", word, set);
	expect(ISO_SCANF "sscanf(\"word abc123\", \"%%s %%[a-z]\", \"word\", \"abc\") = 2");
	n = sscanf("xyz", "%3c", chars);
	expect(ISO_SCANF "sscanf(\"xyz\", \"%%3c\", \"xyz\") = 1");
	n = sscanf("q", "%c", chars);
	expect(ISO_SCANF "sscanf(\"q\", \"%%c\", 'q') = 1");
	n = sscanf("wide", "%ls", wide);
	expect(ISO_SCANF "sscanf(\"wide\", \"%%ls\", \"wide\") = 1");
	n = sscanf("made here", "%ms", &made);
	expect(ISO_SCANF "sscanf(\"made here\", \"%%ms\", \"made\") = 1");
	n = sscanf("0x10", "%p", &p);
	expect(ISO_SCANF "sscanf(\"0x10\", \"%%p\", 0x10) = 1");
	n = sscanf("1 2 3", "%*d %d%n", &i, &j);
	expect(ISO_SCANF "sscanf(\"1 2 3\", \"%%*d %%d%%n\", 2, 3) = 1");
	n = sscanf("a b", "%2$1s %1$1s", word, set);
	expect(ISO_SCANF "sscanf(\"a b\", \"%%2$1s %%1$1s\", \"b\", \"a\") = 2");
	n = sscanf("5 x", "%d %d", &i, &j);
	expect(ISO_SCANF "sscanf(\"5 x\", \"%%d %%d\", 5, %p) = 1", (void *)&j);
	n = sscanf("x", "%d %s", &i, word);
	expect(ISO_SCANF "sscanf(\"x\", \"%%d %%s\", %p, %p) = 0", (void *)&i, word);
	n = sscanf("", "%d", &i);
	expect(ISO_SCANF "sscanf(\"\", \"%%d\", %p) = -1", (void *)&i);
	n = swscanf(L"8 nine", L"%d %ls", &i, wide);
	expect(ISO_SCANF "swscanf(\"8 nine\", \"%%d %%ls\", 8, \"nine\") = 2");
	FILE *stream = fmemopen(lines, 7, "r");
	expect("fmemopen(%p, 7, \"r\") = %p", lines, (void *)stream);
	n = fscanf(stream, "%d %s", &i, word);
	expect(ISO_SCANF "fscanf(%p, \"%%d %%s\", 31, \"line\") = 2", (void *)stream);
}

static void messages(void)
{
	fclose(stderr);
	expect("fclose(stderr) = 0");
	warnx("%s has %d", "it", 1);
	expect("warnx(\"%%s has %%d\", \"it\", 1) = <void>");
	warn(NULL);
	expect("warn(nil) = <void>");
	error(0, 2, "at %d", 5);
	expect("error(0, ENOENT, \"at %%d\", 5) = <void>");
	syslog(LOG_DEBUG, "%s %m", "syslogged");
	expect("syslog(LOG_DEBUG, \"%%s %%m\", \"syslogged\") = <void>");
}

int main(void)
{
	integers();
	floats();
	texts();
	outputs();
	by_list("%d %s %g %d %d %d %d %d", -1, "two", 3.5, 4, 5, 6, 7, 8);
	inputs();
	messages();
	return 0;
}
