/*
 * Makes code after stacks have been walked already, tells perf its name, and calls getppid
 * from what that code calls: first with a frame pointer, then without one, then in memory
 * where other code was before. At the end it goes over to a stack that is new.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define OWN __attribute__((noinline, noclone, used))

volatile int sink;

OWN void own_callback(void)
{
	sink += getppid();
	sink++;
}

/* push %rbp; mov %rsp,%rbp; call *%rdi; pop %rbp; ret */
static const unsigned char framed[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
/* sub $24,%rsp; call *%rdi; add $24,%rsp; ret */
static const unsigned char frameless[] = {0x48, 0x83, 0xec, 24, 0xff, 0xd7, 0x48, 0x83, 0xc4, 24, 0xc3};

OWN void own_runs(void *at, const unsigned char *code, size_t n)
{
	void *p = mmap(at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);
	memcpy(p, code, n);
	mprotect(p, 4096, PROT_READ | PROT_EXEC);
	((void (*)(void (*)(void)))p)(own_callback);
	sink++;
}

static ucontext_t back, there;

OWN void own_coroutine(void)
{
	own_callback();
	sink++;
}

/* The new stack lies below what was mapped before it. */
OWN void own_switches(void)
{
	getcontext(&there);
	there.uc_stack.ss_size = 1 << 16;
	there.uc_stack.ss_sp = mmap(0, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	there.uc_link = &back;
	makecontext(&there, own_coroutine, 0);
	swapcontext(&back, &there);
	sink++;
}

int main(void)
{
	char name[64];
	void *first = mmap(0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *second = mmap(0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	snprintf(name, sizeof name, "/tmp/perf-%d.map", (int)getpid());
	FILE *f = fopen(name, "wx");
	if (!f)
		return 2;
	fprintf(f, "%lx 1000 jit_first\n%lx 1000 jit_second\n", (long)first, (long)second);
	fclose(f);
	own_callback();
	own_runs(first, framed, sizeof framed);
	own_runs(second, frameless, sizeof frameless);
	munmap(first, 4096);
	own_runs(first, frameless, sizeof frameless);
	own_switches();
	unlink(name);
	return 0;
}
