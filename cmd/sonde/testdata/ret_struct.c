// ret_struct TIMES: calls of functions that return structures, one within another
// and one behind another. On i386 each takes the address of its structure off the
// stack as it returns.
#include "truth.h"

typedef struct { int quot, rem; } div_t;
typedef struct { long quot, rem; } ldiv_t;
div_t div(int, int);
ldiv_t ldiv(long, long);

static int compare(const void *a, const void *b)
{
	div_t x = div(*(const int *)a, 10), y = div(*(const int *)b, 10);
	return x.quot == y.quot ? x.rem - y.rem : x.quot - y.quot;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	int n = atoi(argv[1]);
	counts.normal[ATOI]++;
	for (int i = 0; i < n; i++) {
		int numbers[] = { 21 + i, 20 + i };
		qsort(numbers, 2, sizeof *numbers, compare);
		ldiv_t d = ldiv(numbers[0], 7);
		CALL(normal, ABS, abs(-(int)d.rem), (20 + i) % 7);
		CALL(normal, LABS, labs(-d.quot), (20 + i) / 7);
		CALL(normal, FFS, ffs(div(64, 1 << i % 6).quot), 7 - i % 6);
	}
	report();
	return 0;
}
