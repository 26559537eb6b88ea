// place_interpose: built with -DLIB a library that takes malloc's place; else a
// program that calls malloc and free.
#include <stddef.h>
#ifdef LIB
static char pool[1 << 16];
static size_t used;
void *malloc(size_t n)
{
	void *p = pool + used;
	used += (n + 15) & ~(size_t)15;
	return used <= sizeof pool ? p : NULL;
}
#else
void *malloc(size_t);
void *calloc(size_t, size_t);
int puts(const char *);
int main(void)
{
	char *p = malloc(3), *q = malloc(4), *r = calloc(1, 5);
	puts(p && q && r ? "ok" : "no memory");
	return 0;
}
#endif
