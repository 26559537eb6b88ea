/* Has a function of the library behind each kind of place. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int (*const table[])(const char *) = {remove, rmdir}; /* data alone */

__attribute__((noinline)) int own_tail(const char *s)
{
	strtol(s, NULL, 10);
	return system(s);
}

__attribute__((noinline)) int own_pointer(const char *s)
{
	int (*volatile f)(const char *) = atoi;
	return f(s);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return own_tail(argv[1]) + own_pointer(argv[1]) + table[argc & 1](getenv("HOME"));
	puts("ready");
	fflush(stdout);
	return getchar() == EOF; /* until the test has looked */
}
