// What the programs have in common that count their own library calls. Each
// thread counts for itself and prints lines "count TID FUNCTION N" at its end,
// which the trace must agree with exactly. The calls that print are functions
// that are not counted.
//
// The functions are declared here and not by stdlib.h and ctype.h, which make
// inline code of them or say that they are pure: so, and with -fno-builtin, every
// call goes through the PLT.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // C++ has it already
#endif
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif
int abs(int);
int atoi(const char *);
int ffs(int);
int toupper(int);
long labs(long);
long strtol(const char *, char **, int);
void exit(int) __attribute__((noreturn));
void *malloc(size_t);
void free(void *);
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
void *bsearch(const void *, const void *, size_t, size_t, int (*)(const void *, const void *));
void abort(void) __attribute__((noreturn));
#ifdef __cplusplus
}
#endif

enum { ABS, ATOI, FFS, LABS, STRTOL, TOUPPER, FUNCTIONS };
static const char *const function_names[FUNCTIONS] = {
	"abs", "atoi", "ffs", "labs", "strtol", "toupper",
};

// The counts of a thread: what signal handlers call is counted apart, so that
// a handler never comes between the reading and the writing of a counter.
struct counts {
	long normal[FUNCTIONS], handler[FUNCTIONS];
	long wrong; // results that were not what they must be
};
static __thread struct counts counts;

// A bare system call: the library's function would be traced, and be slow where
// it is called a lot.
static inline int own_tid(void)
{
	return (int)syscall(SYS_gettid);
}

// CALL counts a call and compares its result.
#define CALL(which, function, call, want) \
	(counts.which[function]++, counts.wrong += (call) != (want))

// call_all calls every counted function once; results depend on i.
static inline void call_all(int i)
{
	char digits[12], *end;
	int n = 0;
	for (int v = i % 1000000 + 1000000; v; v /= 10)
		n++;
	digits[n] = 0;
	for (int v = i % 1000000 + 1000000, k = n; k; v /= 10)
		digits[--k] = '0' + v % 10;
	CALL(normal, ABS, abs(-i), i);
	CALL(normal, ATOI, atoi(digits), i % 1000000 + 1000000);
	CALL(normal, FFS, ffs(1 << i % 31), i % 31 + 1);
	CALL(normal, LABS, labs(-(long)i), i);
	CALL(normal, STRTOL, strtol(digits, &end, 10), i % 1000000 + 1000000);
	CALL(normal, TOUPPER, toupper('a' + i % 26), 'A' + i % 26);
}

// report prints what this thread has called, as one piece, and forgets it.
// Signal handlers that count must be kept out for good before.
static inline void report(void)
{
	static const struct counts none = { { 0 }, { 0 }, 0 };
	int tid = own_tid();
	char text[1000];
	int n = 0;
	for (int f = 0; f < FUNCTIONS; f++)
		n += snprintf(text + n, sizeof text - n, "count %d %s %ld\n", tid, function_names[f],
			      counts.normal[f] + counts.handler[f]);
	if (counts.wrong)
		n += snprintf(text + n, sizeof text - n, "wrong %d %ld\n", tid, counts.wrong);
	if (write(1, text, n) != n)
		_exit(99);
	counts = none;
}

// say_first prints which thread is the first one: its lines in a trace without
// -f bear no id until there is a second.
static inline void say_first(void)
{
	dprintf(1, "first %d\n", own_tid());
}

// block keeps a signal out of this thread.
static inline void block(int sig)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(SIG_BLOCK, &set, 0);
}
