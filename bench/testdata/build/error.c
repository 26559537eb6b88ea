#include "calculate.h"
#include <stdio.h>

void complain(const char *what, const char *where)
{
	fprintf(stderr, "%s at \"%s\"\n", what, where);
}
