// A program that has made itself not dumpable: its /proc files belong to root,
// and only a tracer with CAP_SYS_PTRACE may attach (ptrace(2), "Ptrace access mode checking").
#include "attach_target.h"
#include <sys/prctl.h>

int main(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return 2;
	say("ready\n");
	int wrong = 0;
	for (unsigned i = 0; i % 64 || !told_to_end(1); i++)
		wrong += work(i);
	if (wrong) {
		say("wrong: %d calls\n", wrong);
		return 1;
	}
	say("ok\n");
	return 0;
}
