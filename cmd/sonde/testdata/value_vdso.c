// Calls functions of libc that are IFUNCs and resolve to the vdso.
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

int main(void)
{
	time_t now;
	struct timeval tv;

	time(&now);
	gettimeofday(&tv, NULL);
	return 0;
}
