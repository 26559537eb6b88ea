// place_rec: calls rec of a library until its standard input ends, and says so if
// a result was ever wrong.
#include "attach_target.h"

int rec(int);

int main(void)
{
	int wrong = 0;
	say("ready\n");
	while (!told_to_end(1))
		wrong += rec(5) != 42;
	say(wrong ? "wrong: %d results\n" : "ok\n", wrong);
	return 0;
}
