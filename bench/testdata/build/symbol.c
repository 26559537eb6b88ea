#include "calculate.h"
#include <string.h>

static const struct {
	const char *name;
	double value;
} symbols[] = {
#include "constants.h"
};

int find_symbol(const char *name, size_t length, double *value)
{
	for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
		if (strlen(symbols[i].name) == length && memcmp(symbols[i].name, name, length) == 0) {
			*value = symbols[i].value;
			return 1;
		}
	}
	return 0;
}
