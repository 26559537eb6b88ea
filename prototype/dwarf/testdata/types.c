// Functions of all kinds of types, whose prototypes types_test.go knows.
#include <complex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <uchar.h>
#include <wchar.h>

typedef char gchar;
typedef struct node {
	struct node *next;
	const char *name;
	int value;
} Node;
struct bits {
	unsigned a : 3, b : 5;
	int c : 30;
	long long d : 40;
};
struct __attribute__((packed)) tight {
	char c;
	int i;
};
struct grid {
	int cells[2][3];
	char name[8];
	short rest[];
};
union number {
	int i;
	double d;
	unsigned char bytes[8];
};
struct opaque;
enum color { RED, GREEN, BLUE = 7 };
enum flags { NONE = 0, READ = 1, WRITE = 2, EXEC = 4, ALL = 7 };
enum count { ZERO, ONE, TWO, THREE, FOUR };
enum sign { MINUS = -1, PLUS = 1 };
typedef enum { OFF, ON } toggle;
typedef int (*callback)(void *, int);
typedef float v4 __attribute__((vector_size(16)));

#define KEEP __attribute__((noinline, noclone, used))

KEEP int f_ints(signed char a, unsigned char b, short c, unsigned short d, int e, unsigned f, long g, unsigned long long h) { return a + b + c + d + e + f + g + h; }
KEEP char f_char(char c, bool b) { return c + b; }
KEEP double f_floats(float a, double b, long double c) { return a + b + c; }
KEEP void f_void(void) { __asm__ volatile(""); }
KEEP const char *f_strings(char *a, const char *b, gchar *c, unsigned char *d, const signed char *e) { return a + *b + *c + *d + *e; }
KEEP size_t f_wide(const wchar_t *w, const char16_t *u, const char32_t *x, wchar_t c) { return *w + *u + *x + c; }
KEEP void *f_pointers(void *p, const void *q, int *i, const int *j, char **v) { return (char *)p + (long)q + *i + *j + **v; }
KEEP Node *f_node(Node *n, const struct node *m, struct opaque *o) { return n->value ? n : (Node *)m + (o != 0); }
KEEP Node f_value(Node n) { n.value++; return n; }
KEEP int f_bits(struct bits *b, struct tight *t) { return b->a + b->c + b->d + t->i; }
KEEP int f_grid(struct grid *g, union number *u) { return g->cells[1][2] + u->i + g->rest[0]; }
KEEP enum color f_enums(enum color c, enum flags f, enum count n, enum sign s, toggle t) { return c + f + n + s + t; }
KEEP int f_callback(callback cb, int (*direct)(void)) { return cb(0, 1) + direct(); }
KEEP int f_variadic(const char *format, ...) { return *format; }
KEEP int f_list(const char *format, va_list ap) { return *format + va_arg(ap, int); }
KEEP time_t f_library(FILE *f, time_t t, struct timespec *ts) { return f ? t : ts->tv_sec; }
KEEP float complex f_complex(float complex a, double complex b) { return a + b; }
KEEP v4 f_vector(v4 a) { return a + a; }
KEEP __attribute__((noreturn)) void f_noreturn(int status) { for (;;) __asm__ volatile("" : : "r"(status)); }
KEEP int8_t f_fixed(int8_t a, uint8_t b, uint64_t c, volatile const int d) { return a + b + c + d; }
KEEP int f_multi(int m[4][5], int n[]) { return m[1][2] + n[0]; }
static KEEP int f_static(int only) { return only + 1; }
#ifdef __x86_64__
KEEP __int128 f_int128(__int128 a, unsigned __int128 b) { return a + b; }
#endif

int main(int argc, char **argv) { return argc > 100 ? f_static(argc) + argv[0][0] : 0; }
