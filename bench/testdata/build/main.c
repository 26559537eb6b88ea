#include "calculate.h"

int main(int argc, char **argv)
{
	double value;

	for (int i = 1; i < argc; i++) {
		if (!evaluate(argv[i], &value))
			return 1;
		print_number(value);
	}
	return 0;
}
