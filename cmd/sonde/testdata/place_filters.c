// place_filters: calls whose names and libraries tell filters apart, and prints
// how often each was made. The comparator of qsort is called by libc.
#include "truth.h"
#include <string.h>

int puts(const char *);
double cos(double);

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int main(int argc, char **argv)
{
	int tid = own_tid(), wrong = 0;
	int list[] = { 3, 1, 2 };
	char copy[16];
	wrong += abs(-argc) != argc;
	wrong += abs(-7) != 7;
	wrong += strcmp(argv[0], argv[0]) != 0;
	wrong += strlen("four") != 4;
	wrong += strlen("seven") != 5;
	wrong += memcpy(copy, "text", 5) != copy;
	wrong += cos(0) != 1;
	qsort(list, 3, sizeof *list, compare);
	wrong += list[0] != 1;
	puts("done");
	dprintf(1, "count %d abs 2\ncount %d strcmp 1\ncount %d strlen 2\ncount %d memcpy 1\n", tid, tid, tid, tid);
	dprintf(1, "count %d cos 1\ncount %d qsort 1\ncount %d puts 1\n", tid, tid, tid);
	if (wrong)
		dprintf(1, "wrong %d %d\n", tid, wrong);
	return 0;
}
