// place_loop_main TIMES: calls functions through a register.
#include <stdlib.h>

void looped(int), straight(int);

__attribute__((noipa)) static void call(void (*function)(int), int n) { function(n); }

int main(int argc, char **argv)
{
	for (int i = argc > 1 ? atoi(argv[1]) : 0; i > 0; i--) {
		call(looped, 5);
		call(straight, 5);
	}
	return 0;
}
