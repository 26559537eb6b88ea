/* A function that has floating point numbers in registers, and says so before it spins. */
#include <stdio.h>

volatile int stop;

__attribute__((noinline)) double spin(double number, float half, double sum)
{
	while (!stop)
		;
	return number * half + sum;
}

int main(int argc, char **argv)
{
	(void)argv;
	puts("spin number 3.250000\nspin half 0.500000\nspin sum 100.000000\nready");
	fflush(stdout);
	return (int)spin(2.25 + argc, 0.5f * (float)argc, 100.0 * argc);
}
