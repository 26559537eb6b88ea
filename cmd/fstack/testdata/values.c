/* A program that says what its parameters and variables hold: a line FUNCTION NAME VALUE
   for each, then it waits. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum color { RED, GREEN = 5, BLUE };
struct point { int x, y; };
struct big {
	char name[16];
	struct point at;
	struct big *next;
	double weight;
	unsigned flags : 3;
	int delta : 4;
};
union word { int i; float f; };

static volatile int sink;

#define TELL(function, name, ...) (printf("%s %s ", function, name), printf(__VA_ARGS__), putchar('\n'))

__attribute__((noinline)) int deepest(int n, const char *s, struct big *b, double d, struct point by)
{
	int local = n * 3;
	char buf[32];
	snprintf(buf, sizeof buf, "buf \"%d\"", n);
	int array[6] = {1, 2, 3, 4, 5, n};
	union word u = {.i = n + 1};
	int64_t wide = INT64_C(1234567890123456789) + n;
	unsigned char byte = (unsigned char)(194 + n);
	signed char small = (signed char)(3 - n);
	float real = 0.25f * (float)n;
	_Bool yes = n > 3;
	enum color color = n > 3 ? BLUE : RED;
	struct point here = {n, -n};
	static int counter = 42;
	int length[n];
	for (int i = 0; i < n; i++)
		length[i] = i * i;
	TELL("deepest", "n", "%d", n);
	TELL("deepest", "s", "\"%s\"", s);
	TELL("deepest", "b", "{ name=\"%s\", at={ x=%d, y=%d }, next=nil, weight=%f, flags=%d, delta=%d }",
	     b->name, b->at.x, b->at.y, b->weight, b->flags, b->delta);
	TELL("deepest", "d", "%f", d);
	TELL("deepest", "by", "{ x=%d, y=%d }", by.x, by.y);
	TELL("deepest", "local", "%d", local);
	TELL("deepest", "buf", "\"buf \\\"%d\\\"\"", n);
	TELL("deepest", "array", "[ 1, 2, 3, 4, 5, %d ]", array[5]);
	TELL("deepest", "u", "{ i=%d }", u.i);
	TELL("deepest", "wide", "%lld", (long long)wide);
	TELL("deepest", "byte", "%d", byte);
	TELL("deepest", "small", "%d", small);
	TELL("deepest", "real", "%f", real);
	TELL("deepest", "yes", "%s", yes ? "true" : "false");
	TELL("deepest", "color", "%s", color == BLUE ? "BLUE" : "RED");
	TELL("deepest", "here", "{ x=%d, y=%d }", here.x, here.y);
	TELL("deepest", "counter", "%d", counter);
	TELL("deepest", "length", "[ %d, %d, %d, %d, %d, %d ]", length[0], length[1], length[2], length[3], length[4], length[5]);
	puts("ready");
	fflush(stdout);
	pause();
	for (int i = 0; i < n; i++)
		sink += array[i] + length[i];
	sink += local + buf[0] + u.i + (int)wide + byte + small + (int)real + yes + color + here.x + here.y;
	sink += counter++ + b->at.x + s[0] + (int)d + by.x + by.y;
	return sink;
}

static inline __attribute__((always_inline)) int within(int k, const char *t)
{
	int twice = k * 2;
	struct big *made = calloc(1, sizeof *made);
	strcpy(made->name, "bigname");
	made->at.x = twice;
	made->at.y = 9;
	made->weight = 2.5;
	made->flags = 5;
	made->delta = -2;
	TELL("within", "k", "%d", k);
	TELL("within", "t", "\"%s\"", t);
	TELL("within", "twice", "%d", twice);
	int r = deepest(k, t, made, 3.25, (struct point){k, twice});
	free(made);
	return r + twice;
}

__attribute__((noinline)) int middle(int count, uint64_t large)
{
	char *heap = strdup("on the heap");
	TELL("middle", "count", "%d", count);
	TELL("middle", "large", "%llu", (unsigned long long)large);
	TELL("middle", "heap", "\"%s\"", heap);
	int r = within(count + 3, heap);
	sink += r + (int)large;
	free(heap);
	return r + count;
}

int main(int argc, char **argv)
{
	int base = argc + 10;
	(void)argv;
	TELL("main", "argc", "%d", argc);
	TELL("main", "base", "%d", base);
	int r = middle(argc + 2, 0xdeadbeefcafe);
	return r + base + argc;
}
