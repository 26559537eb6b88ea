// A launched program whose tracer the test kills: it names itself and works
// until it is killed or its standard input ends.
#include "attach_target.h"

int main(void)
{
	say("ready pid=%d\n", getpid());
	int wrong = 0;
	for (unsigned i = 0; i % 64 || !told_to_end(1); i++)
		wrong += work(i);
	say(wrong ? "wrong\n" : "ok\n");
	return wrong != 0;
}
