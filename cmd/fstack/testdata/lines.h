/* A program that knows its own stack: each call says where it is made, and when all
   have, the calls are printed, the innermost first. */
#include <stdio.h>
#include <unistd.h>

static struct {
	const char *function, *how;
	int line;
} calls[16];
static int ncalls;

static void note(const char *function, const char *how, int line)
{
	calls[ncalls].function = function;
	calls[ncalls].how = how;
	calls[ncalls++].line = line;
}

static int print_calls(void)
{
	while (ncalls > 0) {
		ncalls--;
		printf("%s %d %s\n", calls[ncalls].function, calls[ncalls].line, calls[ncalls].how);
	}
	puts("ready");
	fflush(stdout);
	return 0;
}

/* A call in a function that has code of its own, and in one that is inlined. */
#define CALL(function, call) (note(function, "called", __LINE__), call)
#define INLINED(function, call) (note(function, "inlined", __LINE__), call)
#define ALWAYS static inline __attribute__((always_inline))
#define NEVER __attribute__((noinline))
