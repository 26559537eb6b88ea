// fault_busy: says who it is, then calls atoi until its input ends.
#include "attach_target.h"

int main(void)
{
	say("ready %d\n", getpid());
	for (long i = 1; !told_to_end(0); i++)
		for (int k = 0; k < 100; k++)
			if (atoi("123") != 123) {
				say("wrong: atoi\n");
				return 1;
			}
	say("ok\n");
	return 0;
}
