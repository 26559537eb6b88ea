// Locales, conversions, options, searches, patterns and the dynamic linker.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <iconv.h>
#include <langinfo.h>
#include <locale.h>
#include <regex.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static void *p;
static int n;

static void locales(void)
{
	p = setlocale(LC_ALL, "C");
	expect("setlocale(LC_ALL, \"C\") = \"C\"");
	p = setlocale(LC_CTYPE, NULL);
	expect("setlocale(LC_CTYPE, nil) = \"C\"");
	p = setlocale(LC_ALL, "xx_YY");
	expect("setlocale(LC_ALL, \"xx_YY\") = nil");
	p = nl_langinfo(CODESET);
	expect("nl_langinfo(CODESET) = \"ANSI_X3.4-1968\"");
	locale_t locale = newlocale(LC_NUMERIC_MASK | LC_TIME_MASK, "C", NULL);
	expect("newlocale(LC_NUMERIC_MASK|LC_TIME_MASK, \"C\", nil) = %p", (void *)locale);
}

static void conversions(void)
{
	char in[] = "abc", out[16] = "", *from = in, *to = out;
	size_t left = 3, room = sizeof out;
	iconv_t conversion = iconv_open("UTF-16LE", "UTF-8");
	expect("iconv_open(\"UTF-16LE\", \"UTF-8\") = %p", (void *)conversion);
	n = iconv(conversion, &from, &left, &to, &room);
	expect("iconv(%p, \"abc\" => \"\", 3 => 0, %p => %p, 16 => 10) = 0", (void *)conversion, out, to);
	char wrong[] = "ab\xff";
	size_t some = 3;
	from = wrong;
	n = iconv(conversion, &from, &some, &to, &room);
	expect("iconv(%p, \"ab\\377\" => \"\\377\", 3 => 1, %p => %p, 10 => 6) = -1 %s",
	       (void *)conversion, to - 4, to, expect_error());
	n = iconv_close(conversion);
	expect("iconv_close(%p) = 0", (void *)conversion);
	conversion = iconv_open("NOWHERE", "UTF-8");
	expect("iconv_open(\"NOWHERE\", \"UTF-8\") = -1 %s", expect_error());
}

static void options(void)
{
	static char *arguments[] = {"prog", "-a", "-b", "value", "--long=x", "rest", NULL};
	static const struct option longs[] = {{"long", required_argument, NULL, 'l'}, {"number", no_argument, NULL, 256}, {0}};
	opterr = 0;
	n = getopt(6, arguments, "ab:");
	expect("getopt(6, [ \"prog\", \"-a\", \"-b\", \"value\"... ], \"ab:\") = 'a'");
	n = getopt(6, arguments, "ab:");
	expect("getopt(6, [ \"prog\", \"-a\", \"-b\", \"value\"... ], \"ab:\") = 'b'");
	int index = 7;
	n = getopt_long(6, arguments, "ab:", longs, &index);
	expect("getopt_long(6, [ \"prog\", \"-a\", \"-b\", \"value\"... ], \"ab:\", "
	       "[ \"long\", \"number\" ], %p) = 'l'", (void *)&index);
	n = getopt(6, arguments, "ab:");
	expect("getopt(6, [ \"prog\", \"-a\", \"-b\", \"value\"... ], \"ab:\") = -1");
}

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

static void searches(void)
{
	static const char key[] = "one";
	static void *root;
	n = hcreate(10);
	expect("hcreate(10) = 1");
	ENTRY *found = hsearch((ENTRY){"key", (void *)0x10}, ENTER);
	expect("hsearch({ \"key\", 0x10 }, ENTER) = { \"key\", 0x10 }");
	found = hsearch((ENTRY){"none", NULL}, FIND);
	expect("hsearch({ \"none\", nil }, FIND) = nil %s", expect_error());
	hdestroy();
	expect("hdestroy() = <void>");
	p = tsearch(key, &root, by_text);
	expect("tsearch(%p, %p, by_text) = %p", key, (void *)&root, p);
	p = tfind(key, &root, by_text);
	expect("tfind(%p, %p, by_text <unfinished ...>", key, (void *)&root);
	expect("strcmp(\"one\", \"one\") = 0");
	expect("<... tfind resumed> ) = %p", p);
	(void)found;
}

static void patterns(void)
{
	static regex_t re;
	regmatch_t match[2];
	char message[64];
	n = regcomp(&re, "a\\(b*\\)", REG_ICASE);
	expect("regcomp(%p, \"a\\\\(b*\\\\)\", REG_ICASE) = REG_NOERROR", (void *)&re);
	n = regexec(&re, "xabbc", 2, match, 0);
	expect("regexec(%p, \"xabbc\", 2, [ { 1, 4 }, { 2, 4 } ], 0) = REG_NOERROR", (void *)&re);
	n = regexec(&re, "none", 2, match, REG_NOTBOL);
	expect("regexec(%p, \"none\", 2, %p, REG_NOTBOL) = REG_NOMATCH", (void *)&re, (void *)match);
	n = regerror(REG_NOMATCH, &re, message, sizeof message);
	expect("regerror(REG_NOMATCH, %p, \"No match\", 64) = 9", (void *)&re);
	regfree(&re);
	expect("regfree(%p) = <void>", (void *)&re);
	n = regcomp(&re, "(", REG_EXTENDED | REG_NOSUB);
	expect("regcomp(%p, \"(\", REG_EXTENDED|REG_NOSUB) = REG_EPAREN", (void *)&re);
	n = fnmatch("*.c", "x.c", FNM_PATHNAME | FNM_PERIOD);
	expect("fnmatch(\"*.c\", \"x.c\", FNM_PATHNAME|FNM_PERIOD) = 0");
	n = fnmatch("*.c", "x.h", 0);
	expect("fnmatch(\"*.c\", \"x.h\", 0) = FNM_NOMATCH");
}

static void modules(void)
{
	p = dlopen("libnone.so", RTLD_NOW | RTLD_LOCAL);
	expect("dlopen(\"libnone.so\", RTLD_NOW) = nil");
	p = dlopen(NULL, RTLD_LAZY | RTLD_GLOBAL);
	expect("dlopen(nil, RTLD_LAZY|RTLD_GLOBAL) = %p", p);
	void *found = dlsym(p, "expect");
	expect("dlsym(%p, \"expect\") = expect", p);
	found = dlsym(p, "nowhere_to_be_found");
	expect("dlsym(%p, \"nowhere_to_be_found\") = nil", p);
	n = dlclose(p);
	expect("dlclose(%p) = 0", p);
	(void)found;
}

int main(void)
{
	locales();
	conversions();
	options();
	searches();
	patterns();
	modules();
	return 0;
}
