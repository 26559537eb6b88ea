// ret_longjmp JUMPS: leaves JUMPS calls of qsort by longjmp out of the comparator.
// At -O0 the second return of setjmp goes on at the instruction after the call
// of qsort, which is the return address of that call, with the same stack.
#include "tracer.h"

static jmp_buf env;

static int leave(const void *a, const void *b)
{
	if (abs(*(const int *)a) >= abs(*(const int *)b))
		longjmp(env, 1);
	return 0;
}

int main(int argc, char **argv)
{
	static int numbers[] = { 2, 1 };
	static int i, jumps, n;
	if (argc < 2)
		return 2;
	n = atoi(argv[1]);
	for (i = 0; i < n; i++) {
		if (!setjmp(env))
			qsort(numbers, 2, sizeof *numbers, leave);
		jumps++;
	}
	printf("jumps %d\n", jumps);
	printf("tracer's peak %ld kB\n", tracers_peak());
	return 0;
}
