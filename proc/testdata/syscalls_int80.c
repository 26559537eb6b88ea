// 64-bit code that makes 32-bit system calls: pwrite64(-1, 0x12345678, 0xfffffff0, 3, 4),
// which is no call of x86-64 by that number, and then lseek(-1, 5, 6).
#include <unistd.h>

static long int80(long nr, long a, long b, long c, long d, long e)
{
	long ret;
	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

int main(void)
{
	if (int80(181, 0x1111111100000000 | 0xffffffff, 0x12345678, 0xfffffffffffffff0, 3, 4) != -9)
		return 1;
	return lseek(-1, 5, 6) != -1;
}
