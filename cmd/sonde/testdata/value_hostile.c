// Calls whose arguments lie: pointers to the last bytes of a mapping, and beyond;
// lengths of more than there is; strings, lists and formats without end; va_lists that
// lead nowhere; and memory that another thread changes, or unmaps, meanwhile. The
// functions h_... do nothing with all that.
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct node { struct node *next; const char *name; };
struct counted { size_t n; char *p; };

int h_buf(const char *what, const void *p, size_t n) { return 1; }
int h_string(const char *what, const char *s) { return 1; }
int h_wide(const char *what, const wchar_t *s) { return 1; }
int h_array(const char *what, int *p, long n) { return 1; }
int h_list(const char *what, struct node *n) { return 1; }
int h_counted(const char *what, struct counted *c) { return 1; }
int h_out(const char *what, char *p, size_t n) { return 1; }
int h_unmap(const char *what, char *p, size_t n) { return munmap(p, n) == 0; }
int h_va(const char *what, const char *format, va_list ap) { return 1; }
int h_printf(const char *what, const char *format, ...) { return 1; }
int h_scanf(const char *what, const char *format, ...) { return INT_MAX; }
int h_race(struct counted *c, const char *s, const char *format, ...) { return 1; }

static void lists(int n, ...)
{
#ifdef __x86_64__
	struct { unsigned gp, fp; void *over, *save; } real, *l;
	va_list ap;
	va_start(ap, n);
	l = (void *)ap;
	real = *l;
	h_va("true", "%d %s", ap);
	l->save = (void *)8;
	h_va("save area nowhere", "%d %s", ap);
	*l = real;
	l->gp = INT_MAX;
	h_va("beyond the save area", "%d %s", ap);
	*l = real;
	l->gp = 48;
	l->over = (void *)-8;
	h_va("at the end of all memory", "%d %s %s", ap);
	va_end(ap);
	h_va("nowhere", "%d %s", (void *)8);
#endif
}

static volatile int stop;
static struct counted shared;
static char *page;

static void *change(void *arg)
{
	while (!stop) {
		shared = (struct counted){5, "hello"};
		shared = (struct counted){(size_t)-1, (char *)8};
		munmap(page, 4096);
		mmap(page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		strcpy(page, "text %s");
	}
	return NULL;
}

static void races(void)
{
	pthread_t t;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_create(&t, NULL, change, NULL);
	for (int i = 0; i < 500; i++)
		h_race(&shared, page, page, "text", 7);
	stop = 1;
	pthread_join(t, NULL);
}

int main(void)
{
	const long size = sysconf(_SC_PAGESIZE);
	char *start = mmap(NULL, 3 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *end = start + 2 * size, *nowhere = (char *)UINTPTR_MAX - 3;
	memset(start, 'x', 2 * size);
	mprotect(end, size, PROT_NONE);

	h_buf("runs out", end - 2, 100);
	h_buf("at the end", end, 1);
	h_buf("more than there can be", end - 4, SIZE_MAX);
	h_buf("at the end of all memory", nowhere, 10);
	h_string("runs out", end - 3);
	h_string("without end", start);
	h_string("in the kernel's half", (char *)((uintptr_t)1 << (8 * sizeof(void *) - 1)));
	h_wide("less than a character is left", (wchar_t *)(end - 3));
	h_array("runs out", (int *)(end - 6), 1000000000);
	h_array("of negative length", (int *)start, -5);

	struct node a = {NULL, "a"}, b = {&a, "b"};
	a.next = &b;
	h_list("in a circle", &a);
	h_list("runs out", (struct node *)(end - sizeof(void *)));
	struct node *list = calloc(10000, sizeof *list);
	for (int i = 0; i < 10000; i++)
		list[i] = (struct node){&list[(i + 1) % 10000], start};
	h_list("of ten thousand", list);

	struct counted c = {SIZE_MAX / 4, end - 1};
	h_counted("more than there is", &c);
	c = (struct counted){8, nowhere};
	h_counted("nowhere", &c);
	h_counted("runs out", (struct counted *)(end - sizeof(void *)));

	h_out("runs out", end - 1, 100);
	h_out("nowhere", nowhere, 100);
	char *gone = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	strcpy(gone, "gone");
	h_unmap("gone at the return", gone, size);

	char *many = malloc(20001);
	for (int i = 0; i < 10000; i++)
		memcpy(many + 2 * i, i % 2 ? "%s" : "%n", 3);
	h_printf("ten thousand conversions", many, (int *)nowhere, "second");
	h_printf("format nowhere", nowhere, 1);
	h_printf("format runs out", end - 1, 1);
	h_printf("precisions", "%.*s %.*s %.3s", INT_MAX, end - 2, -1, "whole", end - 3);
	h_printf("of all sorts", "%99999999999999999999d %2147483647$s %$d %#!", 5);
	h_scanf("items nowhere", "%d %s %99999999c", (int *)nowhere, end - 1, NULL);
	lists(0, 1, "two");

	struct iovec iov[] = {{(void *)1, SIZE_MAX / 2}, {end - 2, 2}};
	writev(-1, iov, 2);
	writev(-1, (void *)8, INT_MAX);
	struct sockaddr none = {AF_UNIX, "unsaid"};
	bind(-1, &none, 1);
	bind(-1, &none, 2);
	bind(-1, (void *)(end - 2), INT_MAX);
	races();
	return 7;
}
