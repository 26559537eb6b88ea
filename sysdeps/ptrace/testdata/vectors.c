// Loads known values into the vector registers, as far as the machine has them, and
// two onto the x87's stack, and traps. Byte i of register n is i * 3 + n.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char bytes[8][64];

#define EACH(OP, R) \
	__asm__ volatile(OP " %0, %%" R "0\n\t" OP " %1, %%" R "1\n\t" OP " %2, %%" R "7\n\t" \
	                 "fninit\n\tfldl %3\n\tfldt %4\n\tint3" \
	                 :: "m"(bytes[0]), "m"(bytes[1]), "m"(bytes[7]), "m"(a), "m"(b))

int main(void)
{
	static double a = -1.5;
	static long double b = 1e4000L;
	for (int n = 0; n < 8; n++)
		for (int i = 0; i < 64; i++)
			bytes[n][i] = i * 3 + n;
	int width = __builtin_cpu_supports("avx512f") ? 64 : __builtin_cpu_supports("avx") ? 32 : 16;
	printf("ready %d\n", width);
	fflush(stdout);
	getchar();
	switch (width) {
	case 64:
		EACH("vmovdqu64", "zmm");
		break;
	case 32:
		EACH("vmovdqu", "ymm");
		break;
	default:
		EACH("movdqu", "xmm");
	}
	return 0;
}
