// Functions that call one another, sleep, and leave in every way, and that measure
// this themselves: inside, between their first and their last statement, and around
// each call. Each thread prints lines
//
//	span TID FUNCTION CALLS INSIDE AROUND CALLEES_INSIDE CALLEES_AROUND
//
// in nanoseconds. What a tracer tells of a call lies between the two; of recursive
// calls the outermost alone is measured.
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { OUTER, INNER, LEAF, AGAIN, JUMPS, THROWS, FUNCTIONS };
static const char *const names[FUNCTIONS] = {"outer", "inner", "leaf", "again", "jumps", "throws"};

struct span {
	long calls, inside, around, callees_inside, callees_around;
};
static __thread struct span spans[FUNCTIONS];
static __thread jmp_buf back;

static long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void rest(long microseconds)
{
	struct timespec t = {0, microseconds * 1000};
	nanosleep(&t, nullptr);
}

// Around measures a call that caller makes, -1 being none that is measured itself.
struct around {
	int caller, callee;
	long inside, since;
	around(int from, int to) : caller(from), callee(to), inside(spans[to].inside), since(now()) {}
	void ended()
	{
		long took = now() - since;
		spans[callee].calls++;
		spans[callee].around += took;
		if (caller >= 0) {
			spans[caller].callees_around += took;
			spans[caller].callees_inside += spans[callee].inside - inside;
		}
	}
};

extern "C" {
__attribute__((noinline)) void leaf(void)
{
	long since = now();
	rest(700);
	spans[LEAF].inside += now() - since;
}

__attribute__((noinline)) void inner(void)
{
	long since = now();
	rest(300);
	for (int i = 0; i < 2; i++) {
		around call(INNER, LEAF);
		leaf();
		call.ended();
	}
	spans[INNER].inside += now() - since;
}

__attribute__((noinline)) void outer(void)
{
	long since = now();
	for (int i = 0; i < 3; i++) {
		around call(OUTER, INNER);
		inner();
		call.ended();
		rest(200);
	}
	around call(OUTER, LEAF);
	leaf();
	call.ended();
	spans[OUTER].inside += now() - since;
}

__attribute__((noinline)) void again(int n)
{
	long since = now();
	rest(100);
	if (n > 0)
		again(n - 1);
	rest(100);
	if (n == 3)
		spans[AGAIN].inside += now() - since;
}

__attribute__((noinline)) void jumps(void)
{
	long since = now();
	rest(400);
	spans[JUMPS].inside += now() - since;
	longjmp(back, 1);
}

__attribute__((noinline)) void throws(void)
{
	long since = now();
	rest(400);
	spans[THROWS].inside += now() - since;
	throw 7;
}
}

static void *run(void *)
{
	for (volatile int i = 0; i < 4; i++) {
		around first(-1, OUTER);
		outer();
		first.ended();
		around second(-1, AGAIN);
		again(3);
		second.ended();
		around third(-1, JUMPS);
		if (setjmp(back) == 0)
			jumps();
		third.ended();
		around fourth(-1, THROWS);
		try {
			throws();
		} catch (int) {
		}
		fourth.ended();
	}
	for (int i = 0; i < FUNCTIONS; i++) {
		struct span *s = &spans[i];
		printf("span %ld %s %ld %ld %ld %ld %ld\n", syscall(SYS_gettid), names[i],
			s->calls, s->inside, s->around, s->callees_inside, s->callees_around);
	}
	return nullptr;
}

int main(void)
{
	pthread_t other;
	setvbuf(stdout, nullptr, _IOLBF, 0);
	pthread_create(&other, nullptr, run, nullptr);
	run(nullptr);
	pthread_join(other, nullptr);
}
