// place_ifuncs: calls functions whose code is chosen at run time, one of its own and
// three of libc's, directly and through variables, and prints how often.
#include "truth.h"
#include <string.h>

static int plus(int a, int b)
{
	return a + b;
}

__attribute__((used)) static void *choose(void)
{
	return plus;
}

int chosen(int, int) __attribute__((ifunc("choose")));

static int counted_chosen, counted_strlen, counted_memcpy, counted_strcmp;

int main(int argc, char **argv)
{
	int (*volatile by_pointer)(int, int) = chosen;
	size_t (*volatile length)(const char *) = strlen;
	char copy[8];
	int n = 0;
	for (int i = 0; i < 4; i++) {
		n += chosen(i, argc), counted_chosen++;
		n += (int)strlen(argv[0]) > 0, counted_strlen++;
		memcpy(copy, "abc", 4), counted_memcpy++;
		n += strcmp(copy, "abc") == 0, counted_strcmp++;
	}
	for (int i = 0; i < 3; i++) {
		n += by_pointer(i, i), counted_chosen++;
		n += length(copy) == 3, counted_strlen++;
	}
	if (n != 6 + 4 * argc + 4 + 4 + 6 + 3)
		dprintf(1, "wrong %d %d\n", own_tid(), n);
	dprintf(1, "count %d chosen %d\ncount %d strlen %d\ncount %d memcpy %d\ncount %d strcmp %d\n",
		own_tid(), counted_chosen, own_tid(), counted_strlen,
		own_tid(), counted_memcpy, own_tid(), counted_strcmp);
	return 0;
}
