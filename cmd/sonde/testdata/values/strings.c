// string.h, strings.h, ctype.h and wchar.h.
#define _GNU_SOURCE
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <uchar.h>
#include <wchar.h>
#include <wctype.h>

#include "expect.h"

static char buf[256];
static volatile size_t sink; // or the compiler drops calls of pure functions

static void memory(void)
{
	sink = (size_t)memcpy(buf, "ab\0cd", 6);
	expect("memcpy(%p, \"ab\\0cd\\0\", 6) = %p", buf, buf);
	sink = (size_t)mempcpy(buf, "\0" "7\1\377", 4);
	expect("mempcpy(%p, \"\\0007\\001\\377\", 4) = %p", buf, buf + 4);
	sink = (size_t)memmove(buf + 1, buf, 3);
	expect("memmove(%p, \"\\0007\\001\", 3) = %p", buf + 1, buf + 1);
	sink = (size_t)memset(buf, 'x', 10);
	expect("memset(%p, 'x', 10) = %p", buf, buf);
	sink = (size_t)memset(buf, -1, 10);
	expect("memset(%p, -1, 10) = %p", buf, buf);
	sink = (size_t)memset(buf, 0xff, 10);
	expect("memset(%p, 0xff, 10) = %p", buf, buf);
	sink = (size_t)memset(buf, 0, 10);
	expect("memset(%p, 0, 10) = %p", buf, buf);
	int order = memcmp("abc", "abd", 3);
	expect("memcmp(\"abc\", \"abd\", 3) = %d", order);
	sink = (size_t)memchr("haystack", 's', 8);
	expect("memchr(\"haystack\", 's', 8) = 0x%zx", sink);
	sink = (size_t)memchr("haystack", 'z', 8);
	expect("memchr(\"haystack\", 'z', 8) = nil");
	sink = (size_t)memrchr("haystack", 'a', 8);
	expect("memrchr(\"haystack\", 'a', 8) = 0x%zx", sink);
	sink = (size_t)memmem("haystack", 8, "st", 2);
	expect("memmem(\"haystack\", 8, \"st\", 2) = 0x%zx", sink);
	sink = (size_t)memccpy(buf, "key=value", '=', 9);
	expect("memccpy(%p, \"key=value\", '=', 9) = %p", buf, buf + 4);
	bcopy("wxyz", buf, 4);
	expect("bcopy(\"wxyz\", %p, 4) = <void>", buf);
	bzero(buf, 16);
	expect("bzero(%p, 16) = <void>", buf);
	sink = bcmp("ab", "ab", 2);
	expect("bcmp(\"ab\", \"ab\", 2) = 0");
	explicit_bzero(buf, 8);
	expect("explicit_bzero(%p, 8) = <void>", buf);
}

static void copies(void)
{
	strcpy(buf, "quote \" back\\ tab\t");
	expect("strcpy(%p, \"quote \\\" back\\\\ tab\\t\") = \"quote \\\" back\\\\ tab\\t\"", buf);
	strncpy(buf, "abcdef", 3);
	expect("strncpy(%p, \"abc\", 3) = \"abc\"", buf);
	stpcpy(buf, "one");
	expect("stpcpy(%p, \"one\") = %p", buf, buf + 3);
	strcat(buf, "two");
	expect("strcat(\"one\", \"two\") = \"onetwo\"");
	strncat(buf, "three", 2);
	expect("strncat(\"onetwo\", \"th\", 2) = \"onetwoth\"");
	sink = (size_t)strdup("copied");
	expect("strdup(\"copied\") = \"copied\"");
	sink = (size_t)strndup("copied", 3);
	expect("strndup(\"cop\", 3) = \"cop\"");
	strxfrm(buf, "C", sizeof buf);
	expect("strxfrm(\"C\", \"C\", 256) = 1");
}

static void searches(void)
{
	static const char text[] = "a:bc:d";
	char *p, *q, *r;
	sink = strlen("hello");
	expect("strlen(\"hello\") = 5");
	sink = strlen("");
	expect("strlen(\"\") = 0");
	sink = strnlen("hello", 3);
	expect("strnlen(\"hel\", 3) = 3");
	sink = strlen("0123456789012345678901234567890123456789");
	expect("strlen(\"01234567890123456789012345678901\"...) = 40");
	sink = strcmp("a", "a");
	expect("strcmp(\"a\", \"a\") = 0");
	sink = strncmp("abc", "abd", 2);
	expect("strncmp(\"ab\", \"ab\", 2) = 0");
	sink = strcasecmp("ABC", "abc");
	expect("strcasecmp(\"ABC\", \"abc\") = 0");
	sink = strncasecmp("ABC", "abd", 2);
	expect("strncasecmp(\"AB\", \"ab\", 2) = 0");
	sink = strcoll("x", "x");
	expect("strcoll(\"x\", \"x\") = 0");
	sink = strverscmp("file9", "file9");
	expect("strverscmp(\"file9\", \"file9\") = 0");
	p = strchr(text, 'b');
	expect("strchr(\"a:bc:d\", 'b') = \"bc:d\"");
	p = strchr(text, 'z');
	expect("strchr(\"a:bc:d\", 'z') = nil");
	p = strrchr(text, ':');
	expect("strrchr(\"a:bc:d\", ':') = \":d\"");
	p = strchrnul(text, 'z');
	expect("strchrnul(\"a:bc:d\", 'z') = \"\"");
	p = strstr(text, "bc");
	expect("strstr(\"a:bc:d\", \"bc\") = \"bc:d\"");
	p = strcasestr(text, "BC");
	expect("strcasestr(\"a:bc:d\", \"BC\") = \"bc:d\"");
	sink = strspn("aabb", "a");
	expect("strspn(\"aabb\", \"a\") = 2");
	sink = strcspn("aabb", "b");
	expect("strcspn(\"aabb\", \"b\") = 2");
	p = strpbrk(text, "cd");
	expect("strpbrk(\"a:bc:d\", \"cd\") = \"c:d\"");
	strcpy(buf, text);
	expect("strcpy(%p, \"a:bc:d\") = \"a:bc:d\"", buf);
	p = strtok(buf, ":");
	expect("strtok(\"a:bc:d\", \":\") = \"a\"");
	p = strtok(NULL, ":");
	expect("strtok(nil, \":\") = \"bc\"");
	p = strtok_r(buf + 2, ":", &q);
	expect("strtok_r(\"bc\", \":\", \"\") = \"bc\"");
	r = buf;
	p = strsep(&r, ":");
	expect("strsep(\"a\" => nil, \":\") = \"a\"");
	sink = (size_t)p;
	sink = (size_t)strerror(2);
	expect("strerror(ENOENT) = \"No such file or directory\"");
	sink = (size_t)strerror_r(13, buf, sizeof buf);
	expect("strerror_r(EACCES, %p, 256) = \"Permission denied\"", buf);
	sink = (size_t)strerrorname_np(22);
	expect("strerrorname_np(EINVAL) = \"EINVAL\"");
	sink = (size_t)strsignal(11);
	expect("strsignal(SIGSEGV) = \"Segmentation fault\"");
	sink = (size_t)basename("/usr/bin/env");
	expect("basename(\"/usr/bin/env\") = \"env\"");
	sink = ffs(8);
	expect("ffs(8) = 4");
	sink = ffsl(-16);
	expect("ffsl(-16) = 5");
	sink = ffsll(1LL << 40);
	expect("ffsll(1099511627776) = 41");
}

static void characters(void)
{
	toupper('a');
	expect("toupper('a') = 'A'");
	toupper(-1);
	expect("toupper(EOF) = EOF");
	tolower('\377');
	expect("tolower(EOF) = EOF");
	tolower(0304);
	expect("tolower('\\304') = '\\304'");
	int class = (isalpha)('a'); // not the macro
	expect("isalpha('a') = %d", class);
	sink = (isdigit)('a');
	expect("isdigit('a') = 0");
}

static void wide(void)
{
	static wchar_t w[64];
	wchar_t *p, *q;
	mbstate_t state = {0};
	char16_t c16;
	char32_t c32;
	sink = wcslen(L"w\u00e9\u4e2d");
	expect("wcslen(\"w\u00e9\u4e2d\") = 3");
	wcscpy(w, L"wide");
	expect("wcscpy(%p, \"wide\") = \"wide\"", (void *)w);
	wcscat(w, L"\n!");
	expect("wcscat(\"wide\", \"\\n!\") = \"wide\\n!\"");
	sink = wcscmp(L"a", L"a");
	expect("wcscmp(\"a\", \"a\") = 0");
	sink = wcsncmp(L"ab", L"ac", 1);
	expect("wcsncmp(\"a\", \"a\", 1) = 0");
	p = wcschr(w, L'd');
	expect("wcschr(\"wide\\n!\", 'd') = \"de\\n!\"");
	p = wcsstr(w, L"id");
	expect("wcsstr(\"wide\\n!\", \"id\") = \"ide\\n!\"");
	sink = (size_t)wcsdup(L"\U0001f600");
	expect("wcsdup(\"\U0001f600\") = \"\U0001f600\"");
	wmemset(w, L'\u4e2d', 3);
	expect("wmemset(%p, '\u4e2d', 3) = %p", (void *)w, (void *)w);
	sink = wcstol(L"-12x", &q, 10);
	expect(ISO_STRTOL "wcstol(\"-12x\", \"x\", 10) = -12");
	sink = wcstod(L"2.5", NULL);
	expect("wcstod(\"2.5\", nil) = 2.500000");
	sink = mbstowcs(w, "abc", 64);
	expect("mbstowcs(\"abc\", \"abc\", 64) = 3");
	sink = wcstombs(buf, L"def", 64);
	expect("wcstombs(\"def\", \"def\", 64) = 3");
	sink = mbtowc(w, "z", 1);
	expect("mbtowc('z', \"z\", 1) = 1");
	sink = wctomb(buf, L'y');
	expect("wctomb(\"y\", 'y') = 1");
	sink = mbrtowc(w, "x", 1, &state);
	expect("mbrtowc('x', \"x\", 1, %p) = 1", (void *)&state);
	sink = mbrtoc16(&c16, "u", 1, &state);
	expect("mbrtoc16('u', \"u\", 1, %p) = 1", (void *)&state);
	sink = mbrtoc32(&c32, "U", 1, &state);
	expect("mbrtoc32('U', \"U\", 1, %p) = 1", (void *)&state);
	sink = towupper(L'w');
	expect("towupper('w') = 'W'");
	sink = iswdigit(L'7');
	expect("iswdigit('7') = %zu", sink);
	sink = btowc('b');
	expect("btowc('b') = 'b'");
	sink = btowc(0377);
	expect("btowc('\\377') = WEOF");
	sink = wcwidth(L'x');
	expect("wcwidth('x') = 1");
	sink = wcswidth(L"xyz", 2);
	expect("wcswidth(\"xy\", 2) = 2");
	(void)p;
}

static void unreadable(void)
{
	char *end = expect_end(6);
	strcpy(end, "fits!");
	expect("strcpy(%p, \"fits!\") = \"fits!\"", end);
	sink = strnlen((char *)1, 0);
	expect("strnlen(\"\", 0) = 0");
	memcpy(end, "cut by", 6);
	expect("memcpy(%p, \"cut by\", 6) = %p", end, end);
	int order = strncmp(end, "cut", 100);
	expect("strncmp(\"cut by\"..., \"cut\", 100) = %d", order);
	sink = (size_t)memchr(end, 't', 100);
	expect("memchr(\"cut by\"..., 't', 100) = %p", end + 2);
	sink = (size_t)memcpy(buf, (char *)1, 0);
	expect("memcpy(%p, \"\", 0) = %p", buf, buf);
}

int main(void)
{
	memory();
	copies();
	searches();
	characters();
	wide();
	unreadable();
	return 0;
}
