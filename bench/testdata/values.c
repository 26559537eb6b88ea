// values N: calls length("hello, world") N times; prints the nanoseconds per call.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

__attribute__((noipa)) unsigned long length(const char *s) { return strlen(s); }

static double now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

int main(int argc, char **argv)
{
	long calls = argc == 2 ? atol(argv[1]) : 0;
	if (calls < 1)
		return 2;
	unsigned long sum = 0;
	double start = now();
	for (long i = 0; i < calls; i++)
		sum += length("hello, world");
	double end = now();
	if (sum != 12UL * calls)
		return 1;
	printf("%.3f\n", (end - start) / calls);
	return 0;
}
