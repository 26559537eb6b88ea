#include "calculate.h"
#include <errno.h>
#include <stdlib.h>

int read_number(const char **text, double *value)
{
	char *end;

	errno = 0;
	*value = strtod(*text, &end);
	if (end == *text || errno != 0)
		return 0;
	*text = end;
	return 1;
}
