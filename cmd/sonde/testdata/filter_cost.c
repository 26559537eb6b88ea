// filter_cost: looks for traps in libc's code at the functions that the tool
// watches on its own account, and in its own PLT.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	const unsigned char *watched[] = { (void *)pthread_sigmask, (void *)longjmp };
	int traps = 0;
	for (int i = 0; i < 2; i++)
		traps += *watched[i] == 0xcc;
	printf("traps %d\n", atoi("0") + traps);
	return 0;
}
