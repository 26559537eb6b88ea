// place_spots: a place for each way to name one.
#include <stdio.h>

static __attribute__((noinline)) int local(int n)
{
	int sum = 0;
	for (int i = 0; i < n; i++)
		sum += i * n; // LOOP
	return sum;
}

__attribute__((noinline)) int exported(int n) { return local(n) + 1; }
extern int alias(int) __attribute__((alias("exported")));

int main(void)
{
	printf("%d %d\n", exported(3), alias(4));
	return 0;
}
