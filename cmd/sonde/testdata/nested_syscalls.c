// nested_syscalls: library functions of which is known which system calls they make,
// and a system call that no library function makes.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
	if (getppid() < 0)
		_exit(1);
	return *(const char *)a - *(const char *)b;
}

// bare makes a system call without a function of the library.
static long bare(long nr)
{
	long result = nr;
#ifdef __x86_64__
	__asm__ volatile("syscall" : "+a"(result) : : "rcx", "r11", "memory");
#else
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
#endif
	return result;
}

int main(void)
{
	char two[] = "ba";
	if (atoi("7") != 7)
		return 1;
	write(1, "", 0);
	bare(SYS_getpid);
	qsort(two, 2, 1, compare);
	close(-1);
	bare(SYS_getuid);
	_exit(3);
}
