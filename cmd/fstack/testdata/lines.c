/* Functions that are inlined into others, two of them into the same one. */
#include "lines.h"

NEVER int stay(int n)
{
	return CALL("stay", print_calls() + pause() + n);
}

ALWAYS int inner(int n)
{
	return INLINED("inner", stay(n)) + 1;
}

ALWAYS int middle(int n)
{
	int sum = n;
	{
		int twice = 2 * n;
		sum += INLINED("middle", inner(twice)) * twice;
	}
	return sum;
}

NEVER int outer(int n)
{
	return CALL("outer", middle(n)) + 2;
}

ALWAYS int between(int n)
{
	return INLINED("between", outer(n)) + 3;
}

int main(int argc, char **argv)
{
	(void)argv;
	return CALL("main", between(argc)) + 1;
}
