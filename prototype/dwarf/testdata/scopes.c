/* Functions with parameters and variables of all sorts of types; nothing calls them. */
#include <stddef.h>

struct point { int x, y; };
union word { int i; float f; };
enum color { RED, GREEN };
typedef unsigned long size;
typedef int (*callback)(const char *, struct point *);

volatile int sink;

int declared(const char *s, char *const argv[], int (*matrix)[4], callback f, void (*g)(void),
	     struct point p, union word w, enum color c, size n, const int *const v,
	     int (*(*h)(int))(char), void *any)
{
	static const struct point origin = {1, 2};
	char text[16] = "x";
	struct { int a; } nameless = {sink};
	int table[2][3] = {{sink}};
	if (sink) {
		long inner = sink;
		{
			register int innermost = (int)inner;
			sink = innermost;
		}
	}
	return s[0] + !argv + matrix[0][0] + !f + !g + p.x + w.i + (int)c + (int)n + *v + !h + !any + origin.x + text[0] +
	       nameless.a + table[1][0];
}

static inline __attribute__((always_inline)) int inlined(int k)
{
	int constant = 17;
	sink = k;
	return constant + k;
}

int outer(int k)
{
	int twice = 2 * k;
	return inlined(twice) + sink;
}
