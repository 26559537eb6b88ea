// A function that calls the next one of a list, and waits where there is none.
#include <unistd.h>

typedef void function(void *const *);

void hop(void *const *next)
{
	if (*next != NULL)
		((function *)*next)(next + 1);
	for (;;)
		pause();
}
