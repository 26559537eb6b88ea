// Waits in a function that code calls which is in no file.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static void waits(void)
{
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	static const unsigned char code[] = {
		0x55,             // push %rbp
		0x48, 0x89, 0xe5, // mov %rsp,%rbp
		0xff, 0xd7,       // call *%rdi
		0x5d,             // pop %rbp
		0xc3,             // ret
	};
	char *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (made == MAP_FAILED)
		return 1;
	memcpy(made + 0x120, code, sizeof code);
	// PR_SET_VMA, PR_SET_VMA_ANON_NAME: not all kernels have it.
	if (argc > 1 && prctl(0x53564d41, 0, made, 4096, argv[1]) != 0)
		argc = 1;
	puts(argc > 1 ? "ready named" : "ready");
	fflush(stdout);
	((void (*)(void (*)(void)))(made + 0x120))(waits);
	return 0;
}
