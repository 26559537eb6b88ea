// place_ifunc: functions of its own and of libc's that are chosen at run time.
#include <stdio.h>
#include <string.h>

static int plus(int a, int b) { return a + b; }
__attribute__((used)) static void *choose(void) { return plus; }
int chosen(int, int) __attribute__((ifunc("choose")));

int main(int argc, char **argv)
{
	int n = 0;
	for (int i = 0; i < 4; i++)
		n += chosen(i, argc); // 0+1+2+3 + 4*argc
	n += (int)strlen(argv[0]) > 0;
	char copy[8];
	memcpy(copy, argc > 1 ? argv[1] : "abc", 4);
	n += strcmp(copy, "abc") == 0;
	printf("n %d\n", n);
	return 0;
}
