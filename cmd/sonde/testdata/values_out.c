// What functions give back through their arguments: in a forked process that
// returns from the same call, after a jump out of one, and at many levels.
#include <setjmp.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEEP __attribute__((noinline, noclone, externally_visible))

static jmp_buf out;

KEEP int forked(int *n, char *text, char *was)
{
	int child = fork() == 0;

	*n = child ? 1 : 2;
	strcpy(text, child ? "child" : "parent");
	strcpy(was, "after");
	if (!child)
		wait(NULL);
	return child ? 30 : 40;
}

KEEP int fails(int *n, int how)
{
	if (how == 2)
		longjmp(out, 1);
	if (how == 0)
		*n = 77;
	return how ? -1 : 0;
}

KEEP int levels(int *n, int depth)
{
	int inner;

	*n = 1000 + depth;
	return depth ? levels(&inner, depth - 1) + inner - 1000 : 0;
}

int main(void)
{
	char text[16], was[16] = "before";
	int n;

	fails(&n, 0);
	fails(&n, 1);
	fails((int *)8, 1);
	if (!setjmp(out))
		fails(&n, 2);
	levels(&n, 50);
	forked(&n, text, was);
	return 0;
}
