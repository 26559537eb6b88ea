// ret_popped TIMES: functions of i386 that take their arguments off the stack as
// they return, one within another and one behind another, between such as do not.
#include <stdlib.h>

#define OUT_OF_LINE __attribute__((noipa))

struct numbers { int n[10]; };

OUT_OF_LINE __attribute__((stdcall)) int one(int a) { return a + 1; }
OUT_OF_LINE __attribute__((stdcall)) int five(int a, int b, int c, int d, int e) { return a + one(b) + c + d + e; }
OUT_OF_LINE __attribute__((stdcall)) int again(int n, int m)
{
	volatile int inner = n ? again(n - 1, m) : m - 1; // or it becomes a loop
	return inner + 1;
}
OUT_OF_LINE __attribute__((fastcall)) int fast(int a, int b, int c, int d) { return a * b + c * d; }
OUT_OF_LINE struct numbers hidden(int a) { return (struct numbers){ { a } }; }
OUT_OF_LINE int plain(int a) { return a; }

int main(int argc, char **argv)
{
	for (int i = argc > 1 ? atoi(argv[1]) : 0; i > 0; i--)
		if (five(1, 2, 3, 4, i) + fast(1, 2, 3, i) + hidden(i).n[0] + again(3, i) + plain(i) != 7 * i + 16)
			return 1;
	return 0;
}
