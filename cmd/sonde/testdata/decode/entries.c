/* Lists that are longer than texts are shown: all of them with -v. */
#include "decode.h"
#include <sys/stat.h>
#include <sys/uio.h>

int main(void)
{
	static char room[16384];
	static struct iovec iov[40];
	mkdir("many", 0777);
	for (int i = 0; i < 60; i++) {
		sprintf(room, "many/%02d", i);
		close(open(room, O_CREAT | O_WRONLY, 0644));
		iov[i % 40] = (struct iovec){ "ab", i % 3 };
	}
	getpid();
	int fd = open("many", O_RDONLY | O_DIRECTORY);
	call(__NR_getdents64, fd, room, sizeof room);
	call(__NR_getdents64, fd, room, sizeof room);
	pretend();
	call(__NR_writev, 1, iov, 40);
	return 0;
}
