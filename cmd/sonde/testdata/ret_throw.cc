// ret_throw THROWS: exceptions go from the comparator through qsort to main.
#include "truth.h"

struct left {
	int value;
};

static int leave(const void *a, const void *b)
{
	if (abs(*(const int *)a) >= abs(*(const int *)b))
		throw left{ 7 };
	return 0;
}

int main(int argc, char **argv)
{
	int numbers[] = { 2, 1 };
	int sum = 0, n = argc > 1 ? atoi(argv[1]) : 0;
	for (int i = 0; i < n; i++) {
		try {
			qsort(numbers, 2, sizeof *numbers, leave);
		} catch (const left &l) {
			sum += l.value;
		}
	}
	return sum != 7 * n;
}
