/* What registers held when functions were entered, where that is easily taken from the wrong
   call: behind tail calls, and calls through pointers. It says what its parameters hold, a line
   FUNCTION NAME VALUE for each, and waits. Nothing uses the parameters after that. */
#include <stdio.h>
#include <unistd.h>

#define TELL(function, name, value) printf("%s %s %d\n", function, name, value)
#define APART __attribute__((noipa))

volatile int sink;

APART int entered(int number, int other)
{
	TELL("entered", "number", number);
	TELL("entered", "other", other);
	puts("ready");
	fflush(stdout);
	pause();
	sink = 1;
	return 0;
}

APART int passes(int number)
{
	TELL("passes", "number", number);
	int r = entered(number, 21); /* the registers of this call are those of the frame */
	sink = r;
	return r + 1;
}

int (*volatile chosen)(int) = passes;

APART int through(int number)
{
	TELL("through", "number", number);
	int (*f)(int) = chosen;
	int r = f(number + 1);
	sink = r;
	return r;
}

APART int jumps(int number)
{
	sink = number;
	return through(number * 2); /* a tail call: main's call is that of another function */
}

APART int again(int number)
{
	if (number > 0) {
		sink = number;
		return number & 1 ? jumps(number + 100) : again(number - 1); /* and to itself */
	}
	return 0;
}

int main(void)
{
	int r = again(4);
	sink = r;
	return sink;
}
