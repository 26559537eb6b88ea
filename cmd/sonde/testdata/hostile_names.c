// A program that would like to draw on the terminal of who looks on: by its name, those of
// its functions, libraries, files and threads, by its arguments, and by strings of all the
// bytes that there are.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <wchar.h>

#define NASTY "\033[7m\033]0;title\007\r\n+++ exited (status 0) +++\n\342\200\256\342\201\246\302\233" "31m\177\"\\'\t\v\f\b\016\342\200\213\357\273\277\315\217\360\220\200"

int evil(const char *s, const void *p, unsigned long n);

// evil and own have other names when the test has linked them.
__attribute__((noipa)) int own(const char *s)
{
	return evil(s, s, 3);
}

int main(int argc, char **argv)
{
	enum { big = 1 << 20 };
	char *bytes = malloc(big + 1);
	unsigned seed = 1;

	for (int i = 0; i < big; i++) {
		seed = seed * 1103515245 + 12345;
		bytes[i] = seed >> 16 ? seed >> 16 : 1;
	}
	bytes[big] = 0;
	prctl(PR_SET_NAME, "\033[7mname\342\200\256");
	own(NASTY);
	evil(argv[0], argv[argc - 1], 1);
	setenv("NASTY", NASTY, 1);
	getenv("NASTY");
	atoi(bytes);
	write(-1, NASTY, sizeof NASTY);
	wcslen(L"\x1b[7m\x202e\x9b\x7f\U0010ffff\xd800");
	close(open(NASTY, O_CREAT | O_WRONLY, 0600));
	return 0;
}
