// Functions that have the name of one of libc's: the program's own, built with
// -DNEEDED those of a library that it is linked with, with -DPRELOADED those of one
// that is preloaded, with -DLATE those of one that it opens.
#define _GNU_SOURCE
#include <stddef.h>

#if defined NEEDED
int time(const char *s, int n) { return s[0] + n; }
void *valloc(size_t n)
{
	static char room[100];
	return room;
}
int needed(void) { return time("own", 4); }

#elif defined PRELOADED
char *getenv(const char *name) { return "preloaded"; }

#elif defined LATE
int abs(const char *s) { return s[0]; }
int late(void) { return abs("late"); }

#else
#include <dlfcn.h>

int needed(void);
void *valloc(size_t n);
char *getenv(const char *name);
int open(int n) { return n + 1; }

int main(int argc, char **argv)
{
	open(3);
	needed();
	valloc(5);
	getenv("HOME");
	void *late = dlopen(argv[1], RTLD_NOW | RTLD_DEEPBIND);
	int (*f)(void) = late ? (int (*)(void))dlsym(late, "late") : 0;
	return !f || f() != 'l';
}
#endif
