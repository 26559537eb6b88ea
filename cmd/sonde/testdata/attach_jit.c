// Code that moves, as a JIT's does: made in an anonymous mapping, called, copied
// elsewhere, the old copy unmapped, other code put at an old copy's address. It calls
// library functions through the program's PLT (linked with -no-pie, the
// address of a function that another library defines is that of its PLT slot).
//
// A return trap left behind in such code would be copied with it; a byte put
// back later would land in other code.
#define _GNU_SOURCE
#include "attach_target.h"
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, CALLS = 4 };

typedef int function(const char *);

// emit writes a function that calls atoi, with pad nops before the call, so that
// the return address differs, and returns 1 more than it.
static void emit(unsigned char *p, unsigned pad)
{
#ifdef __x86_64__
	static const unsigned char enter[] = { 0x48, 0x83, 0xec, 0x08 };            // sub  $8,%rsp
	static const unsigned char load[] = { 0x48, 0xb8 };                         // movabs $target,%rax
	static const unsigned char leave[] = { 0xff, 0xc0, 0x48, 0x83, 0xc4, 0x08, 0xc3 }; // inc %eax; add $8,%rsp; ret
#else
	static const unsigned char enter[] = { 0xff, 0x74, 0x24, 0x04 };            // push 4(%esp)
	static const unsigned char load[] = { 0xb8 };                               // mov $target,%eax
	static const unsigned char leave[] = { 0xff, 0xc0, 0x83, 0xc4, 0x04, 0xc3 }; // inc %eax; add $4,%esp; ret
#endif
	static const unsigned char call[] = { 0xff, 0xd0 }; // call *%eax, or *%rax
	uintptr_t target = (uintptr_t)&atoi;
	memcpy(p, enter, sizeof enter), p += sizeof enter;
	memset(p, 0x90, pad), p += pad;
	memcpy(p, load, sizeof load), p += sizeof load;
	memcpy(p, &target, sizeof target), p += sizeof target;
	memcpy(p, call, sizeof call), p += sizeof call;
	memcpy(p, leave, sizeof leave);
}

static unsigned char *pages(void *at)
{
	void *p = mmap(at, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);
	if (p == MAP_FAILED)
		_exit(2);
	return p;
}

static int call(unsigned char *code)
{
	int wrong = 0;
	mprotect(code, PAGE, PROT_READ | PROT_EXEC);
	for (unsigned i = 0; i < CALLS; i++)
		wrong += ((function *)code)(number[i]) != value[i] + 1;
	return wrong;
}

int main(void)
{
	unsigned char *first = pages(NULL), *second;
	emit(first, 0);
	say("ready\n");
	int wrong = 0;
	unsigned long moves = 0;
	do {
		wrong += call(first);
		second = pages(NULL);
		memcpy(second, first, PAGE);
		munmap(first, PAGE);
		wrong += call(second);
		// The old address again, under other code.
		pages(first);
		emit(first, 1 + moves % 8);
		munmap(second, PAGE);
		moves++;
	} while (!told_to_end(0));
	if (wrong || moves == 0) {
		say("wrong: %d calls after %lu moves\n", wrong, moves);
		return 1;
	}
	say("ok\n");
	return 0;
}
