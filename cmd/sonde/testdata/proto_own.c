// A function of the program's own that has the name of one in libm, and a call whose
// prototype the user may change.
#include <stdio.h>

int log(int n)
{
	return n + 1;
}

int main(void)
{
	puts("text");
	return log(4) - 5;
}
