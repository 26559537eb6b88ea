// Calls of functions that end in each of the ways in which calls end.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static jmp_buf out;

static int leave(const void *a, const void *b)
{
	if (access("/nonexistent/inner", F_OK) == 0)
		abort();
	longjmp(out, 1);
}

int main(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	int words[2] = {2, 1};

	if (fopen("/nonexistent/file", "r"))   // NULL ENOENT
		return 1;
	close(-1);                             // -1 EBADF
	size_t length = strlen("succeeds");    // 8, whatever errno is
	pthread_mutex_lock(&mutex);
	pthread_mutex_trylock(&mutex);         // EBUSY, as its result
	if (!setjmp(out))
		qsort(words, 2, sizeof words[0], leave); // does not return
	pid_t child = fork();
	if (child == 0) {
		open("/nonexistent/child", O_RDONLY); // -1 ENOENT
		_exit(0);
	}
	waitpid(child, NULL, 0);
	exit(length - 8);                      // does not return
}
