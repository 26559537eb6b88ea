// ret_mutual TIMES N: functions that jump to one another, N times in turn. What
// even returns tells whether N is even.
#include <stdlib.h>

#define OUT_OF_LINE __attribute__((noipa))

OUT_OF_LINE int odd(int n);

OUT_OF_LINE int even(int n)
{
	return n ? odd(n - 1) : 1;
}

OUT_OF_LINE int odd(int n)
{
	return n ? even(n - 1) : 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int n = atoi(argv[2]);
	for (int i = atoi(argv[1]); i > 0; i--)
		if (even(n) != !(n & 1))
			return 1;
	return 0;
}
