#include "calculate.h"
#include <math.h>
#include <stdio.h>

void print_number(double value)
{
	if (value == floor(value) && fabs(value) < 1e15)
		printf("%.0f\n", value);
	else
		printf("%.12g\n", value);
}
