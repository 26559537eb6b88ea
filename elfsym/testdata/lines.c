// Lines with one place of code and with several: loops, functions that are
// inlined more than once, a function that the compiler splits, several
// statements on a line, and lines without code.
#include <stdio.h>
#include <stdlib.h>
#include "lines.h"

volatile int sink;

static inline __attribute__((always_inline)) int inlined(int n) {
	sink = n;               // inlined body
	return n + sink;
}

__attribute__((cold, noinline)) static void complain(int n) {
	fprintf(stderr, "%d\n", n);
	exit(n);
}

__attribute__((noinline)) int once(int n) {
	sink = n + 1;           // once
	return in_header(n);
}

__attribute__((noinline)) int twice(int n) {
	int a = inlined(n);

	int b = inlined(a + 1);
	return a + b;
}

__attribute__((noinline)) int loop(int n) {
	int sum = 0;
	for (int i = 0; i < n; i++) // loop head
		sum += once(i); // loop body
	return sum;
}

__attribute__((noinline)) int split(int n) {
	if (n > 1000) {
		sink = 3;       // rare
		complain(n);
	}
	if (n > 500) { sink = 4; complain(n + 1); } // both
	return n - 1;
}

int main(int argc, char **argv) {
	(void)argv;
	printf("%d\n", once(argc) + twice(argc) + loop(argc) + split(argc) + in_header(argc)); // main body
	// comment before the end
	return 0;               // end
}
