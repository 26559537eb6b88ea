// Calls of what shapes.h declares, with values whose text is known.
#include <limits.h>
#include <string.h>

#include "expect.h"
#include "shapes.h"

// same expects a call of a function that returns its argument.
#define same(call, text) (call, expect_same(#call, text))

static void numbers(void)
{
	same(of_char('a'), "'a'");
	same(of_char('\n'), "'\\n'");
	same(of_schar(-3), "-3");
	same(of_uchar(200), "200");
	same(of_short(SHRT_MIN), "-32768");
	same(of_ushort(USHRT_MAX), "65535");
	same(of_int(INT_MIN), "-2147483648");
	same(of_uint(UINT_MAX), "4294967295");
	same(of_long(-1), "-1");
	same(of_ulong(4000000000), "4000000000");
	same(of_llong(LLONG_MIN), "-9223372036854775808");
	same(of_ullong(ULLONG_MAX), "18446744073709551615");
	same(of_int8(-128), "-128");
	same(of_uint8(255), "255");
	same(of_int64(1LL << 40), "1099511627776");
	same(of_size(77), "77");
	same(of_bool(1), "true");
	same(of_bool(0), "false");
	same(of_wchar(L'w'), "'w'");
	same(of_char16(u'\u00e9'), "'\u00e9'");
	same(of_char32(U'\U0001f600'), "'\U0001f600'");
	same(of_float(-0.25f), "-0.250000");
	same(of_float(0.1f), "0.100000");
	same(of_double(1e300), "1e+300");
	same(of_double(0.1), "0.100000");
	same(of_longdouble(1.5L), "1.500000");
	same(of_cfloat(0.5f - 2 * _Complex_I), "0.500000-2.000000i");
	same(of_cdouble(1 + 2 * _Complex_I), "1.000000+2.000000i");
	same(of_clong(3 - 4 * _Complex_I), "3.000000-4.000000i");
#ifdef __SIZEOF_INT128__
	same(of_int128(-((__int128)1 << 100)), "-1267650600228229401496703205376");
	same(of_uint128(((unsigned __int128)1 << 64) + 5), "18446744073709551621");
#endif
#if defined __x86_64__ || !defined CLANG_BELOW // on i386 GCC aligns it to 16 bytes, and clang does not
	same(of_float128(2.5Q), "2.500000");
#endif
	of_nothing();
	expect("of_nothing() = <void>");
}

static void names(void)
{
	same(of_color(GREEN), "GREEN");
	same(of_color(9), "9");
	same(of_below(MINUS), "MINUS");
	same(of_bits(READ | EXEC), "READ|EXEC");
	same(of_bits(0), "0");
	same(of_side(RIGHT), "RIGHT");
}

static void many(void)
{
	of_seven(1, -2, 3, -4, 5, -6, 7, -8);
	expect("of_seven(1, -2, 3, -4, 5, -6, 7, -8) = -8");
	of_nine(1, 2, 3, 4, 5, 6, 7, 8, 9.5);
	expect("of_nine(1.000000, 2.000000, 3.000000, 4.000000, 5.000000, 6.000000, 7.000000, 8.000000, 9.500000) = 9.500000");
	of_mixture('a', 2.5, 3, 4.5f, -5, 6.5L, 7, 8.5, 9, 10, -11);
	expect("of_mixture('a', 2.500000, 3, 4.500000, -5, 6.500000, 7, 8.500000, 9, 10, -11) = 7");
	of_variadic(2, 3.5, "more");
	expect("of_variadic(2) = 2");
}

static void structs(void)
{
	same(of_b1((struct b1){'x'}), "{ 'x' }");
	same(of_b3((struct b3){"ab"}), "{ \"ab\" }");
	same(of_b4((struct b4){-1, 2}), "{ -1, 2 }");
	same(of_b8((struct b8){7, 0.5f}), "{ 7, 0.500000 }");
	same(of_b9((struct b9){2.5, 'c'}), "{ 2.500000, 'c' }");
	same(of_b12((struct b12){1, 2, 3}), "{ 1, 2, 3 }");
	same(of_b16((struct b16){-9, 1.25}), "{ -9, 1.250000 }");
	same(of_f8((struct f8){1.5f, -2.5f}), "{ 1.500000, -2.500000 }");
	same(of_f12((struct f12){1, 2, 3}), "{ 1.000000, 2.000000, 3.000000 }");
	same(of_d16((struct d16){0.5, 0.25}), "{ 0.500000, 0.250000 }");
	same(of_b24((struct b24){1, -2, 3}), "{ 1, -2, 3 }");
	same(of_b40((struct b40){{1, 2, 3, 4, 5}}), "{ [ 1.000000, 2.000000, 3.000000, 4.000000... ] }");
	same(of_ld((struct ld){-7.5L}), "{ -7.500000 }");
	same(of_p((struct p){(void *)0x10, "text"}), "{ 0x10, \"text\" }");
	same(of_bitfields((struct bitfields){5, -9, 1LL << 39, 1, MINUS}), "{ 5, -9, 549755813888, true, MINUS }");
	same(of_tight((struct tight){'t', -100000, 7}), "{ 't', -100000, 7 }");
	same(of_nest((struct nest){{1, 2}, {3, {4}}, {5, 6}}), "{ { 1, 2 }, { 3, { 4 } }, [ 5, 6 ] }");
	same(of_word((union word){1}), "{ 1 }");
	same(of_big((union big){{1, 2, 3}}), "{ [ 1, 2, 3 ] }");
	of_structs((struct b16){1, 2.5}, (struct d16){3.5, 4.5}, (struct b9){5.5, 'a'}, (struct b24){6, 7, 8}, (struct b8){9, 10.5f},
		   (struct b16){11, 12.5}, 13);
	expect("of_structs({ 1, 2.500000 }, { 3.500000, 4.500000 }, { 5.500000, 'a' }, { 6, 7, 8 }, { 9, 10.500000 }, "
	       "{ 11, 12.500000 }, 13) = 13");
}

static void vectors(void)
{
	same(of_v4si((v4si){1, -2, 3, -4}), "[ 1, -2, 3, -4 ]");
	same(of_v4sf((v4sf){0.5f, 1.5f, 2.5f, 3.5f}), "[ 0.500000, 1.500000, 2.500000, 3.500000 ]");
	same(of_v2df((v2df){-0.5, 4}), "[ -0.500000, 4.000000 ]");
}

static int order(const void *a, const void *b) { return a < b; }
static void nothing(int n) { (void)n; }

static void pointers(void)
{
	static int ints[] = {-1, 2}, *first = ints;
	static double pi = 3.5;
	static char *strings[] = {"one", "two", NULL};
	static struct b16 s = {3, 0.5};
	static struct list ring = {1, &ring}, three = {3, NULL}, two = {2, &three}, one = {1, &two};
	static record full = {"name", order, BLUE, {RIGHT, LEFT, RIGHT}, &three};
	static triple values = {7, 8, 9};
	same(of_ints(ints), "-1");
	same(of_intss(&first), "-1");
	same(of_void(ints), expect_address(ints));
	same(of_void(NULL), "nil");
	same(of_string("text \"\\\377"), "\"text \\\"\\\\\\377\"");
	same(of_string(NULL), "nil");
	same(of_string(""), "\"\"");
	same(of_strings(strings), "\"one\"");
	same(of_wide(L"w\u00efde"), "\"w\u00efde\"");
	same(of_text16(u"\u4e2d\U0001f600"), "\"\u4e2d\U0001f600\"");
	same(of_text32(U"\U0001f600!"), "\"\U0001f600!\"");
	same(of_bytes((const unsigned char *)"bytes"), "98");
	same(of_doubles(&pi), "3.500000");
	same(of_structp(&s), "{ 3, 0.500000 }");
	same(of_list(&one), "{ 1, { 2, { 3, nil } } }");
	same(of_list(&ring), "{ 1, recurse }");
	same(of_opaque((struct opaque *)ints), expect_address(ints));
	same(of_record(&full), "{ \"name\", order, BLUE, [ RIGHT, LEFT, RIGHT ], { 3, nil } }");
	same(of_triple(&values), "[ 7, 8, 9 ]");
	of_array(values);
	expect("of_array(7) = 7");
	same(of_compare(order), "order");
	same(of_compare(NULL), "nil");
	same(of_function(nothing), "nothing");
}

static void unreadable(void)
{
	char *end = expect_end(3);
	memcpy(end, "cut", 3);
	expect("memcpy(%p, \"cut\", 3) = %p", end, end);
	same(of_string((char *)1), "0x1 <unreadable>");
	same(of_ints((int *)8), "0x8 <unreadable>");
	same(of_string(end), "\"cut\"...");
	of_ints((int *)end);
	expect("of_ints(%p <unreadable>) = %p <unreadable>", end, end);
	same(of_structp((struct b16 *)16), "0x10 <unreadable>");
	same(of_strings((char **)16), "0x10 <unreadable>");
	same(of_list((struct list *)24), "0x18 <unreadable>");
	same(of_p((struct p){NULL, (char *)1}), "{ nil, 0x1 <unreadable> }");
}

int main(void)
{
	numbers();
	names();
	many();
	structs();
	vectors();
	pointers();
	unreadable();
	return 0;
}
