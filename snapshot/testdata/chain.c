/* Blocks that lead from one to the next, far from each other. It says where they are, a variable
   of the program first, and when a line comes in, overwrites them all. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define SIZE (64 << 10)
#define BLOCKS 4

struct block {
	struct block *next;
	char text[SIZE - sizeof(struct block *)];
};

char variable[64] = "before";

static struct block *make(struct block *next)
{
	struct block *b = mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	strcpy(b->text, "before");
	b->next = next;
	return b;
}

int main(void)
{
	struct block *volatile first = NULL;
	for (int i = 0; i < BLOCKS; i++)
		first = make(first);
	printf("%p\n", (void *)variable);
	for (struct block *b = first; b; b = b->next)
		printf("%p\n", (void *)b);
	puts("ready");
	fflush(stdout);
	getchar();
	strcpy(variable, "behind");
	for (struct block *b = first; b; b = b->next)
		strcpy(b->text, "behind");
	puts("overwritten");
	fflush(stdout);
	getchar();
	return 0;
}
