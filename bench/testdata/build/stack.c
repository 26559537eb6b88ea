#include "calculate.h"
#include <stdlib.h>

int push(struct stack *s, double value)
{
	if (s->length == s->room) {
		size_t room = s->room ? 2 * s->room : 8;
		double *values = realloc(s->values, room * sizeof *values);
		if (!values)
			return 0;
		s->values = values;
		s->room = room;
	}
	s->values[s->length++] = value;
	return 1;
}

int pop(struct stack *s, double *value)
{
	if (s->length == 0)
		return 0;
	*value = s->values[--s->length];
	return 1;
}

void release(struct stack *s)
{
	free(s->values);
}
