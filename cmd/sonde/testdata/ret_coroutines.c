// ret_coroutines STACKS COROUTINES TIMES: coroutines that change stacks in the
// middle of calls of qsort, each TIMES times. STACKS says where their stacks lie:
// malloc, static (all in one array), mmap, or migrate (mmap, and two threads take
// turns at running them).
#include "truth.h"
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { MOST = 8, STACK = 64 << 10 };

static char stacks[MOST][STACK];
static struct coroutine {
	ucontext_t context;
	int done;
} coroutines[MOST];
static ucontext_t scheduler;
static int current, times, counting = 1;

// count_call is a function of its own: a compiler may keep the address of a
// thread's variable across the change of the thread.
__attribute__((noinline)) static void count_call(int function)
{
	if (counting)
		counts.normal[function]++;
}

static int change_stack(const void *a, const void *b)
{
	count_call(ABS);
	abs(*(const int *)a);
	swapcontext(&coroutines[current].context, &scheduler);
	count_call(ATOI);
	atoi("5");
	return *(const int *)a - *(const int *)b;
}

static void run(void)
{
	for (int i = 0; i < times; i++) {
		int numbers[] = { 2, 1 };
		qsort(numbers, 2, sizeof *numbers, change_stack);
		if (numbers[0] != 1)
			_exit(4);
	}
	coroutines[current].done = 1;
}

static char *new_stack(const char *where, int i)
{
	if (!strcmp(where, "malloc"))
		return malloc(STACK);
	if (!strcmp(where, "static"))
		return stacks[i];
	char *p = mmap(0, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? 0 : p;
}

// step runs every coroutine up to its next change of stacks; it returns how many
// are not done.
static int step(int n)
{
	int left = 0;
	for (current = 0; current < n; current++) {
		if (coroutines[current].done)
			continue;
		swapcontext(&scheduler, &coroutines[current].context);
		left += !coroutines[current].done;
	}
	return left;
}

static int total, left;
static pthread_barrier_t turn;

// take_turns makes every second step; another thread makes those between.
static void *take_turns(void *mine)
{
	for (int now = 0, done = 0; !done; now = !now) {
		if (now == *(const int *)mine)
			left = step(total);
		pthread_barrier_wait(&turn);
		done = !left;
		pthread_barrier_wait(&turn);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	total = atoi(argv[2]), times = atoi(argv[3]);
	counts.normal[ATOI] += 2;
	for (int i = 0; i < total; i++) {
		ucontext_t *c = &coroutines[i].context;
		if (getcontext(c) || !(c->uc_stack.ss_sp = new_stack(argv[1], i)))
			return 3;
		c->uc_stack.ss_size = STACK;
		c->uc_link = &scheduler;
		makecontext(c, run, 0);
	}
	say_first();
	if (!strcmp(argv[1], "migrate")) {
		pthread_t th;
		int first = 0, second = 1;
		counting = 0;
		pthread_barrier_init(&turn, 0, 2);
		if (pthread_create(&th, 0, take_turns, &second))
			return 5;
		take_turns(&first);
		pthread_join(th, 0);
		return 0;
	}
	while (step(total))
		;
	report();
	return 0;
}
