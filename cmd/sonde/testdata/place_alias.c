// place_alias TIMES: calls a function of its own, whose code is chosen at the start
// and which has a second name, TIMES times.
#include <stdlib.h>

static int code(int n) { return n + 1; }

static int (*resolve(void))(int) { return code; }

int chosen_one(int n) __attribute__((ifunc("resolve")));
int second(int n) __attribute__((weak, alias("chosen_one")));

int main(int argc, char **argv)
{
	int n = 0;
	for (int i = argc > 1 ? atoi(argv[1]) : 0; i > 0; i--)
		n = chosen_one(n);
	return n;
}
