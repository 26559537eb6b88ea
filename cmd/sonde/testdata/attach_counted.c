// Makes as many calls of atoi as each line of its standard input says, and says
// "done" after each.
#include "attach_target.h"

int main(void)
{
	say("ready\n");
	char line[32];
	int wrong = 0;
	ssize_t n;
	while ((n = read(0, line, sizeof line - 1)) > 0) {
		line[n] = 0;
		long calls = strtol(line, NULL, 10);
		for (long i = 0; i < calls; i++)
			wrong += atoi(number[i % 8]) != value[i % 8];
		say("done\n");
	}
	if (wrong) {
		say("wrong: %d calls\n", wrong);
		return 1;
	}
	say("ok\n");
	return 0;
}
