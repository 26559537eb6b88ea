/*
 * What the programs have in common that make every system call once, with arguments
 * that mean something, and know the line that the trace must have for each.
 *
 *	PROGRAM DIRECTORY [whole]
 *
 * The program works in DIRECTORY. With "whole" it is traced with -v: structs are
 * shown with all their fields. It writes to its standard output, once, a line for
 * each call that it wants to see, in their order: name(arguments) = result; and
 * "unwanted NAME WHY" for those that it leaves out.
 *
 * Calls are made without the C library, which has wrappers that make others, and
 * on i386 by that machine's own numbers.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <asm/unistd.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Calls that are younger than the headers have the same number on all machines. */
#define NR_cachestat 451
#define NR_fchmodat2 452
#define NR_map_shadow_stack 453
#define NR_futex_wake 454
#define NR_futex_wait 455
#define NR_futex_requeue 456
#define NR_statmount 457
#define NR_listmount 458
#define NR_lsm_get_self_attr 459
#define NR_lsm_set_self_attr 460
#define NR_lsm_list_modules 461
#define NR_mseal 462
#define NR_setxattrat 463
#define NR_getxattrat 464
#define NR_listxattrat 465
#define NR_removexattrat 466
#define NR_open_tree_attr 467
#define NR_file_getattr 468
#define NR_file_setattr 469
#define NR_listns 470
#define NR_rseq_slice_yield 471

/* call(number, arguments...) returns what the kernel returns: -errno on failure. */
#define call(...) CALL_PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define CALL_PADDED(nr, a, b, c, d, e, f, ...) \
	raw_call((long)(nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

long raw_call(long nr, long a, long b, long c, long d, long e, long f);
#ifdef __x86_64__
__asm__(".text\n.globl raw_call\n.type raw_call, @function\nraw_call:\n"
	"	mov %rdi, %rax\n	mov %rsi, %rdi\n	mov %rdx, %rsi\n	mov %rcx, %rdx\n"
	"	mov %r8, %r10\n		mov %r9, %r8\n		mov 8(%rsp), %r9\n"
	"	syscall\n	ret\n.size raw_call, . - raw_call\n");
#else
__asm__(".text\n.globl raw_call\n.type raw_call, @function\nraw_call:\n"
	"	push %ebx\n	push %esi\n	push %edi\n	push %ebp\n"
	"	mov 20(%esp), %eax\n	mov 24(%esp), %ebx\n	mov 28(%esp), %ecx\n"
	"	mov 32(%esp), %edx\n	mov 36(%esp), %esi\n	mov 40(%esp), %edi\n"
	"	mov 44(%esp), %ebp\n	int $0x80\n"
	"	pop %ebp\n	pop %edi\n	pop %esi\n	pop %ebx\n	ret\n"
	".size raw_call, . - raw_call\n");
#endif

/* How a number of 64 bits is passed: in two registers on i386 (syscall(2)). */
#ifdef __x86_64__
#define LOW_HIGH(n) (n)
#else
#define LOW_HIGH(n) (uint32_t)(n), (uint32_t)((uint64_t)(n) >> 32)
#endif

/* Is the program traced with -v? */
static int whole;

/* The report is shared memory: children add to it. */
static struct report {
	size_t used;
	char text[(1 << 20) - sizeof(size_t)];
} *report;

/* begin sets everything up. The alarm ends what hangs. */
static void begin(int argc, char **argv)
{
	if (argc < 2 || chdir(argv[1]))
		exit(90);
	whole = argc > 2 && !strcmp(argv[2], "whole");
	report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		exit(91);
	alarm(60);
}

/* add_line appends a line to the report, whoever else does so. */
static void add_line(const char *before, const char *format, va_list args)
{
	static __thread char line[16384];
	int n = snprintf(line, sizeof line, "%s", before);
	n += vsnprintf(line + n, sizeof line - n, format, args);
	if (n > (int)sizeof line - 2)
		exit(92);
	line[n++] = '\n';
	size_t at = __atomic_fetch_add(&report->used, n, __ATOMIC_SEQ_CST);
	if (at + n > sizeof report->text)
		exit(93);
	memcpy(report->text + at, line, n);
}

/* want tells the line of the call that was made last. */
__attribute__((format(printf, 1, 2))) static void want(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_line("", format, args);
	va_end(args);
}

__attribute__((format(printf, 2, 3), unused)) static void add_word(const char *before, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_line(before, format, args);
	va_end(args);
}

/* unwanted names a call that is not made, and says why. */
__attribute__((unused)) static void unwanted(const char *name, const char *why)
{
	add_word("unwanted ", "%s %s", name, why);
}

/* done writes the report. */
static int done(void)
{
	for (size_t at = 0; at < report->used;) {
		long n = call(__NR_write, 1, report->text + at, report->used - at);
		if (n <= 0)
			return 94;
		at += n;
	}
	return 0;
}

/* room returns a place for a piece of a line; there are 64 of them, used in turn. */
static char *room(void)
{
	static __thread char rooms[64][2048];
	static __thread unsigned next;
	return rooms[next++ % 64];
}

/* words makes a piece of a line. */
__attribute__((format(printf, 1, 2), unused)) static char *words(const char *format, ...)
{
	char *s = room();
	va_list args;
	va_start(args, format);
	vsnprintf(s, 2048, format, args);
	va_end(args);
	return s;
}

/* failed tells whether a result is an error. */
__attribute__((unused)) static int failed(long n)
{
	return n < 0 && n >= -4095;
}

/* result is how a number comes back: "3", "-1 EPERM (Operation not permitted)". */
__attribute__((unused)) static char *result(long n)
{
	if (failed(n))
		return words("-1 %s (%s)", strerrorname_np(-n), strerror(-n));
	return words("%ld", n);
}

/* at is an address among the arguments: "0x7f...", "NULL". */
// Ticks of the clock, a hundred of which are a second.
__attribute__((unused)) static char *clocked(long n)
{
	return n ? words("%ld /* %ld.%02ld s */", n, n / 100, n % 100) : words("0");
}

__attribute__((unused)) static char *at(const void *p)
{
	return p ? words("%#lx", (long)p) : words("NULL");
}

/* result_at is how an address comes back. */
__attribute__((unused)) static char *result_at(long n)
{
	return failed(n) ? result(n) : at((void *)n);
}

/* came is what stands for an out argument: the text if the call went well, else its address. */
__attribute__((unused)) static char *came(long n, const void *p, char *text)
{
	return failed(n) ? at(p) : text;
}

/*
 * quoted is text as traces have it, all of it: escaped, in quotes. An octal escape is
 * as short as what follows it allows.
 */
__attribute__((unused)) static char *quoted(const void *text, size_t n)
{
	const unsigned char *p = text;
	char *s = room(), *to = s;
	*to++ = '"';
	for (size_t i = 0; i < n && to < s + 2000; i++) {
		const char *letter = p[i] ? strchr("\tt\nn\vv\ff\rr\"\"\\\\", p[i]) : NULL;
		if (letter && (p[i] == '"' || p[i] == '\\' || p[i] < ' '))
			*to++ = '\\', *to++ = letter[1];
		else if (p[i] >= ' ' && p[i] < 127)
			*to++ = p[i];
		else if (i + 1 < n && p[i + 1] >= '0' && p[i + 1] <= '9')
			to += sprintf(to, "\\%03o", p[i]);
		else
			to += sprintf(to, "\\%o", p[i]);
	}
	*to++ = '"';
	*to = 0;
	return s;
}

/* bytes is data: no more than 32 bytes are shown (-s), and what is left is said. */
__attribute__((unused)) static char *bytes(const void *data, size_t n)
{
	if (n <= 32)
		return quoted(data, n);
	return words("%s...", quoted(data, 32));
}
