// Usage: live THREADS. So many threads are alive at once, each of which has called atoi a
// few times.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_live = PTHREAD_COND_INITIALIZER;
static int missing;

static void *live(void *unused)
{
	(void)unused;
	for (int i = 0; i < 4; i++)
		if (atoi("12") != 12)
			exit(1);
	pthread_mutex_lock(&mutex);
	if (--missing == 0)
		pthread_cond_broadcast(&all_live);
	while (missing > 0)
		pthread_cond_wait(&all_live, &mutex);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	missing = atoi(argv[1]);
	int n = missing;
	pthread_t *threads = calloc(n, sizeof *threads);
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 32 << 10);
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], &small, live, NULL) != 0) {
			perror("pthread_create");
			return 1;
		}
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
