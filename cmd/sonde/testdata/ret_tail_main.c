// ret_tail_main TIMES: enters the chain of tail calls.
#include <stdlib.h>

int tail_a(int n);

int main(int argc, char **argv)
{
	for (int i = argc > 1 ? atoi(argv[1]) : 0; i > 0; i--)
		if (tail_a(0) != 42)
			return 1;
	return 0;
}
