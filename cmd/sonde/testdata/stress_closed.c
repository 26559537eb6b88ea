// stress_closed: its status has a bit set for each standard descriptor that is open.
#include <fcntl.h>

int main(void)
{
	int open = 0;
	for (int fd = 0; fd <= 2; fd++)
		open |= (fcntl(fd, F_GETFD) >= 0) << fd;
	return open;
}
