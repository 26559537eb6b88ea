/*
 * Calls getppid from functions that are inlined, and says of each function where in this
 * file it makes its call, the innermost first, and which are inlined.
 */
#include <stdio.h>
#include <unistd.h>

#define INLINE static inline __attribute__((always_inline))

volatile int sink;

static struct { const char *name; int line; const char *how; } under_way[8];
static int depth;

#define AT(what) (under_way[depth].name = __func__, under_way[depth].line = __LINE__, under_way[depth++].how = what)

static void say(void)
{
	while (depth-- > 0)
		printf("%s stack_lines.c:%d%s\n", under_way[depth].name, under_way[depth].line, under_way[depth].how);
	printf("\n");
	fflush(stdout);
	depth = 0;
}

INLINE void innermost(void)
{
	AT(" inlined"), say(), sink += getppid();
}

INLINE void between(int n)
{
	sink += n;
	AT(" inlined"), innermost();
	sink += n;
}

__attribute__((noinline)) void outer(int n)
{
	sink += n;
	AT(""), between(n + sink);
	sink++;
}

int main(void)
{
	AT(""), outer(3);
	for (int i = 0; i < 3; i++)
		AT(""), outer(i);
	return 0;
}
