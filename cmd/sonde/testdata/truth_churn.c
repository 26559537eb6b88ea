// truth_churn TOTAL AT_ONCE: TOTAL threads come and go, AT_ONCE of them at a
// time; each calls every counted function once.
#include "truth.h"

static void *work(void *i)
{
	call_all((int)(long)i);
	report();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int total = atoi(argv[1]), at_once = atoi(argv[2]);
	counts.normal[ATOI] += 2;
	say_first();
	pthread_t ring[at_once];
	for (int i = 0; i < total + at_once; i++) {
		if (i >= at_once)
			pthread_join(ring[i % at_once], 0);
		if (i < total && pthread_create(&ring[i % at_once], 0, work, (void *)(long)i))
			return 3;
	}
	report();
	return 0;
}
