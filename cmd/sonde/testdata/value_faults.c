// Calls whose values tracers are known to show wrong. The functions t_... are the
// program's own, and traced where they begin.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

int t_bad(const char *s, int *i) { return s != 0 && i != 0; }
int t_cut(const char *s, int *i) { return s != 0 && i != 0; }
char t_char(char c) { return c; }
long double t_longdouble(long double l) { return l + 2; }
int t_six(int a, int b, int c, int d, int e, int f) { return a + b + c + d + e + f; }
int t_text(const char *s) { return s[0] == 't'; }
double t_float(double d) { return d; }
int atol(int a, int b) { return a + b; } // its own: libc's takes a string

int main(void)
{
	char line[256];
	wchar_t wide[16];
	long page = sysconf(_SC_PAGESIZE);
	char *end = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(end + page, page);
	end += page - 2;
	memcpy(end, "ne", 2);
	strcpy(line, "left behind by an earlier call");
	t_bad((char *)1, (int *)8);
	t_bad(NULL, NULL);
	t_cut(end, (int *)end);
	sprintf(line, "%Lf %g", 1.5L, 2.5);
	sprintf(line, "%2$s %1$d", 7, "positional");
	sprintf(line, "%lld", -1LL);
	sprintf(line, "%hhd", -3);
	t_char(-3);
	t_longdouble(1.5L);
	t_six(1, 2, 3, 4, 5, 6);
	t_text("text without a prototype");
	t_float(2.5);
	wcscpy(wide, L"w\u00e9\u4e2d");
	sprintf(line, "%8s|%3s", "short", "longer than that");
	atol(3, 4);
	access("/none", F_OK);
	if (errno == 0)
		return 1;
	return 0;
}
