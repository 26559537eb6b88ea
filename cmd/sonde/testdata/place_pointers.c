// place_pointers: library functions called in every way that a program can: through
// a register that the pointer was loaded into, through a variable, and
// by a tail call. Prints how often each was called.
//
// atoi is declared here and not by stdlib.h, which makes inline code of it.
int atoi(const char *);
int printf(const char *, ...);

typedef int (*parse)(const char *);

__attribute__((noinline)) static int twice(parse f, const char *s)
{
	return f(s) + f(s);
}

__attribute__((noinline)) int tail(const char *s)
{
	return atoi(s);
}

int main(void)
{
	int sum = 0;
	for (int i = 0; i < 3; i++)
		sum += atoi("1"); // 3, directly
	sum += twice(atoi, "1"); // 2, through a register
	sum += tail("1");        // 1, which atoi returns from
	volatile parse v = atoi;
	sum += v("1"); // 1, through a variable
	printf("sum %d\n", sum);
	return sum == 7 ? 0 : 1;
}
