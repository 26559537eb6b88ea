// A library of somebody's own, and with PROGRAM the program that uses it.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct point { int x, y; char mark; };
enum color { RED, GREEN, BLUE = 7 };
struct node { int value; struct node *next; };

int q_add(struct point *, enum color);
void q_get(int, char *, int);
int q_log(int, const char *, ...);
int q_list(struct node *);
int q_sum(int *, int);
void q_point(struct point *);
unsigned q_flags(unsigned, unsigned);

#ifdef PROGRAM
int main(void)
{
	struct point p = { 1, 2, 'q' };
	struct node last = { 2, NULL }, first = { 1, &last };
	int numbers[6] = { 1, 2, 3, 4, 5, 6 };
	char text[20];
	q_add(&p, BLUE);
	q_get(3, text, sizeof text);
	q_log(2, "%s=%d %5.2f", "k", 4, 2.5);
	q_list(&first);
	last.next = &first;
	q_list(&first);
	q_sum(numbers, 6);
	q_point(&p);
	q_flags(0x1f, 0755);
	free(NULL);
	puts("done");
	return 0;
}
#else
int q_add(struct point *p, enum color c) { return p->x + p->y; }
void q_get(int n, char *text, int size) { snprintf(text, size, "val%d", n); }
int q_log(int level, const char *format, ...) { return level; }
int q_list(struct node *n) { return n->value; }
int q_sum(int *n, int count)
{
	int sum = 0;
	while (count-- > 0)
		sum += n[count];
	return sum;
}
void q_point(struct point *p) { *p = (struct point){ 5, 6, 'z' }; }
unsigned q_flags(unsigned bits, unsigned mode) { return bits; }
#endif
