/* What a program knows of its own stack: each function notes itself, and where it
   returns to, when it is entered, and waits tells all of it, the innermost first:

	tid N            of the thread that it is about
	call NAME ADDR   a function that returns to ADDR; 0: to nothing
	at ADDR          where a signal has interrupted the code
	back ADDR        a return address below that, with none in between
	ready
*/
#ifndef _GNU_SOURCE /* C++ has it */
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OWN __attribute__((noinline, noclone))
#ifdef __clang__
#undef OWN
#define OWN __attribute__((noinline))
#endif

struct note {
	const char *what, *name;
	uintptr_t addr;
};

static struct note notes[1 << 14];
static int noted;

static void note(const char *what, const char *name, uintptr_t addr)
{
	if (noted < (int)(sizeof notes / sizeof *notes))
		notes[noted++] = (struct note){what, name, addr};
}

/* Begins each function that is to be found. */
#define ENTER note("call", __func__, (uintptr_t)__builtin_return_address(0))

static volatile int sink;

OWN void waits(void)
{
	ENTER;
	printf("tid %ld\n", (long)syscall(SYS_gettid));
	for (int i = noted - 1; i >= 0; i--) {
		const struct note *n = &notes[i];
		printf("%s %s%s%#lx\n", n->what, n->name, *n->name ? " " : "", (unsigned long)n->addr);
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		pause();
		sink++;
	}
}
