// Waits in vfork for a child that waits for its input.
#define _GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	char c;
	int status;
	pid_t child = vfork();
	if (child == 0)
		_exit(read(0, &c, 1) == 1 ? 3 : 4);
	return wait(&status) == child && WEXITSTATUS(status) == 3 ? 0 : 1;
}
