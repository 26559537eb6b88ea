// ret_deep_main DEPTH: prints how deep the library has gone. The stack grows as
// far as the recursion needs it.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

long ping(long n);

static void *deep(void *n)
{
	return (void *)ping((long)n);
}

int main(int argc, char **argv)
{
	pthread_attr_t attr;
	pthread_t th;
	void *depth;
	if (argc < 2 || pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, 64 << 20) ||
	    pthread_create(&th, &attr, deep, (void *)atol(argv[1])) || pthread_join(th, &depth))
		return 2;
	printf("depth %ld\n", (long)depth);
	return 0;
}
