// stdlib.h, stdio.h without its formats, and time.h.
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#include "expect.h"

static char buf[256];
static void *p;
static int n;

static void numbers(void)
{
	char *end;
	n = atoi("42x");
	expect("atoi(\"42x\") = 42");
	n = atol("-7");
	expect("atol(\"-7\") = -7");
	n = atoll("8") + (int)atof("2.5");
	expect("atoll(\"8\") = 8");
	expect("atof(\"2.5\") = 2.500000");
	long l = strtol("-0x1fz", &end, 0);
	expect(ISO_STRTOL "strtol(\"-0x1fz\", \"z\", 0) = -31");
	l = strtol("12", NULL, 10);
	expect(ISO_STRTOL "strtol(\"12\", nil, 10) = 12");
	unsigned long ul = strtoul("4294967295", &end, 10);
	expect(ISO_STRTOL "strtoul(\"4294967295\", \"\", 10) = 4294967295");
	long long ll = strtoll("-9223372036854775808", NULL, 10);
	expect(ISO_STRTOL "strtoll(\"-9223372036854775808\", nil, 10) = -9223372036854775808");
	unsigned long long ull = strtoull("18446744073709551615", NULL, 10);
	expect(ISO_STRTOL "strtoull(\"18446744073709551615\", nil, 10) = 18446744073709551615");
	double d = strtod("1.25e", &end);
	expect("strtod(\"1.25e\", \"e\") = 1.250000");
	float f = strtof("-0.5", NULL);
	expect("strtof(\"-0.5\", nil) = -0.500000");
	long double ld = strtold("3.5", &end);
	expect("strtold(\"3.5\", \"\") = 3.500000");
	intmax_t max = strtoimax("-9", &end, 10);
	expect(ISO_STRTOL "strtoimax(\"-9\", \"\", 10) = -9");
	n = abs(-3);
	expect("abs(-3) = 3");
	l = labs(-3000000);
	expect("labs(-3000000) = 3000000");
	ll = llabs(-3000000000000);
	expect("llabs(-3000000000000) = 3000000000000");
	div_t q = div(-7, 2);
	expect("div(-7, 2) = { %d, %d }", q.quot, q.rem);
	ldiv_t lq = ldiv(70000, 3);
	expect("ldiv(70000, 3) = { %ld, %ld }", lq.quot, lq.rem);
	lldiv_t llq = lldiv(-70000000000, 3);
	expect("lldiv(-70000000000, 3) = { %lld, %lld }", llq.quot, llq.rem);
	imaxdiv_t iq = imaxdiv(9, 2);
	expect("imaxdiv(9, 2) = { %jd, %jd }", iq.quot, iq.rem);
	srand(1);
	expect("srand(1) = <void>");
	n = rand();
	expect("rand() = %d", n);
	unsigned seed = 1;
	n = rand_r(&seed);
	expect("rand_r(1 => %u) = %d", seed, n);
	srand48(1);
	expect("srand48(1) = <void>");
	d = drand48();
	expect("drand48() = %.17g", d);
	unsigned short state[3] = {1, 2, 3};
	d = erand48(state);
	expect("erand48([ 1, 2, 3 ] => [ %d, %d, %d ]) = %.17g", state[0], state[1], state[2], d);
	char *s = l64a(1000);
	expect("l64a(1000) = \"cD\"");
	l = a64l(s);
	expect("a64l(\"cD\") = 1000");
	(void)ul, (void)ull, (void)f, (void)ld, (void)max;
}

static int by_value(const void *a, const void *b)
{
	return abs(*(const int *)a) - abs(*(const int *)b);
}

static void orders(void)
{
	static int numbers[] = {3, -1, 2};
	qsort(numbers, 2, sizeof *numbers, by_value);
	expect("qsort(%p, 2, 4, by_value <unfinished ...>", (void *)numbers);
	expect("abs(3) = 3");
	expect("abs(-1) = 1");
	expect("<... qsort resumed> ) = <void>");
	int key = 3;
	p = bsearch(&key, numbers, 2, sizeof *numbers, by_value);
	expect("bsearch(%p, %p, 2, 4, by_value <unfinished ...>", (void *)&key, (void *)numbers);
	expect("abs(3) = 3");
	expect("abs(3) = 3");
	expect("<... bsearch resumed> ) = %p", p);
}

static void environment(void)
{
	n = setenv("SONDE_VALUE", "some", 1);
	expect("setenv(\"SONDE_VALUE\", \"some\", 1) = 0");
	p = getenv("SONDE_VALUE");
	expect("getenv(\"SONDE_VALUE\") = \"some\"");
	n = unsetenv("SONDE_VALUE");
	expect("unsetenv(\"SONDE_VALUE\") = 0");
	p = getenv("SONDE_VALUE");
	expect("getenv(\"SONDE_VALUE\") = nil");
	p = secure_getenv("SONDE_VALUE");
	expect("secure_getenv(\"SONDE_VALUE\") = nil");
	n = setenv("", "x", 1);
	expect("setenv(\"\", \"x\", 1) = -1 %s", expect_error());
	static char put[] = "SONDE_PUT=1";
	n = putenv(put);
	expect("putenv(\"SONDE_PUT=1\") = 0");
	strcpy(buf, "/usr/lib/libx.so");
	expect("strcpy(%p, \"/usr/lib/libx.so\") = \"/usr/lib/libx.so\"", buf);
	p = dirname(buf);
	expect("dirname(\"/usr/lib/libx.so\") = \"/usr/lib\"");
	static char *const tokens[] = {"ro", "rw", NULL};
	char *options = buf, *value;
	strcpy(buf, "rw=yes,ro");
	expect("strcpy(%p, \"rw=yes,ro\") = \"rw=yes,ro\"", buf);
	n = getsubopt(&options, tokens, &value);
	expect("getsubopt(\"rw=yes,ro\" => \"ro\", [ \"ro\", \"rw\" ], \"yes\") = 1");
}

static void memory(void)
{
	p = malloc(16);
	expect("malloc(16) = %p", p);
	void *q = realloc(p, 32);
	expect("realloc(%p, 32) = %p", p, q);
	n = malloc_usable_size(q);
	expect("malloc_usable_size(%p) = %d", q, n);
	free(q);
	expect("free(%p) = <void>", q);
	p = calloc(3, 5);
	expect("calloc(3, 5) = %p", p);
	p = malloc((size_t)-1);
	expect("malloc(%zu) = nil %s", (size_t)-1, expect_error());
	p = reallocarray(NULL, 2, 8);
	expect("reallocarray(nil, 2, 8) = %p", p);
	n = posix_memalign(&p, 64, 10);
	expect("posix_memalign(%p, 64, 10) = 0", p);
	p = aligned_alloc(32, 64);
	expect("aligned_alloc(32, 64) = %p", p);
	n = posix_memalign(&p, 3, 10);
	expect("posix_memalign(%p, 3, 10) = EINVAL (Invalid argument)", (void *)&p);
}

static void moments(void)
{
	static const time_t t = 1000000000; // 2001-09-09T01:46:40Z
	struct tm tm = {0}, *in;
	in = gmtime_r(&t, &tm);
	expect("gmtime_r(1000000000 /* 2001-09-09T01:46:40+0000 */, 2001-09-09T01:46:40+0000) = %p", (void *)in);
	in = gmtime(&t);
	expect("gmtime(1000000000 /* 2001-09-09T01:46:40+0000 */) = 2001-09-09T01:46:40+0000");
	in = localtime(&t);
	expect("localtime(1000000000 /* 2001-09-09T01:46:40+0000 */) = 2001-09-09T01:46:40+0000");
	time_t back = mktime(in);
	expect("mktime(2001-09-09T01:46:40+0000) = 1000000000 /* 2001-09-09T01:46:40+0000 */");
	back = timegm(&tm);
	expect("timegm(2001-09-09T01:46:40+0000) = 1000000000 /* 2001-09-09T01:46:40+0000 */");
	n = strftime(buf, sizeof buf, "%Y-%m-%d", &tm);
	expect("strftime(\"2001-09-09\", 256, \"%%Y-%%m-%%d\", 2001-09-09T01:46:40+0000) = 10");
	p = strptime("1999-12-31x", "%Y-%m-%d", &tm);
	expect("strptime(\"1999-12-31x\", \"%%Y-%%m-%%d\", 1999-12-31T01:46:40+0000) = \"x\"");
	struct tm disorder = { .tm_sec = 75, .tm_mday = 45, .tm_mon = 10, .tm_year = 126 }, early = { .tm_sec = -1, .tm_zone = "X" };
	n = timegm(&disorder);
	expect("timegm(2026-11-45T00:00:75 => 2026-12-15T00:01:15+0000) = 1797292875 /* 2026-12-15T00:01:15+0000 */");
	n = strftime(buf, sizeof buf, "%S", &early);
	expect("strftime(\"-1\", %zu, \"%%S\", { tm_sec=-1, tm_min=0, tm_hour=0, tm_mday=0, tm_mon=0, tm_year=0, tm_wday=0, "
	       "tm_yday=0, tm_isdst=0, tm_gmtoff=0, tm_zone=\"X\" }) = 2", sizeof buf);
	p = asctime(in);
	expect("asctime(2001-09-09T01:46:40+0000) = \"Sun Sep  9 01:46:40 2001\\n\"");
	p = ctime(&t);
	expect("ctime(1000000000 /* 2001-09-09T01:46:40+0000 */) = \"Sun Sep  9 01:46:40 2001\\n\"");
	double d = difftime(t, t - 5);
	expect("difftime(1000000000 /* 2001-09-09T01:46:40+0000 */, 999999995 /* 2001-09-09T01:46:35+0000 */) = 5.000000");
	struct timespec ts = {0, 1000};
	n = nanosleep(&ts, NULL);
	expect("nanosleep({ 0, 1000 }, nil) = 0");
	ts.tv_nsec = 2000000000;
	n = nanosleep(&ts, NULL);
	expect("nanosleep({ 0, 2000000000 }, nil) = -1 %s", expect_error());
	struct timespec rest = {5, 5};
	ts.tv_nsec = 1000;
	n = nanosleep(&ts, &rest);
	expect("nanosleep({ 0, 1000 }, %p) = 0", (void *)&rest);
	n = clock_gettime(CLOCK_MONOTONIC, &ts);
	expect("clock_gettime(CLOCK_MONOTONIC, { %ld, %ld }) = 0", (long)ts.tv_sec, ts.tv_nsec);
	n = clock_getres(CLOCK_REALTIME, &ts);
	expect("clock_getres(CLOCK_REALTIME, { %ld, %ld }) = 0", (long)ts.tv_sec, ts.tv_nsec);
	n = clock_gettime(999, &ts);
	expect("clock_gettime(999, %p) = -1 %s", (void *)&ts, expect_error());
	(void)d, (void)back;
}

int main(void)
{
	numbers();
	orders();
	environment();
	memory();
	moments();
	return 0;
}
