// What the programs of the link variants have in common: each prints the calls
// that its trace must hold, a line "name text result" each, without a call
// through the PLT of its own. So it writes by a bare system call.
//
// The functions are declared here and not by their headers, which may make inline
// code of them or let the optimiser merge calls.
int atoi(const char *);
int toupper(int);
char *getenv(const char *);
void *malloc(unsigned long);
void free(void *);
int puts(const char *);

static char report[4096];
static unsigned reported;

static void add(const char *s)
{
	while (*s && reported < sizeof report)
		report[reported++] = *s++;
}

// expect adds a line: the function, what a pointer result points to ("-": it is
// no string), and the result as the register holds it, in decimal.
static void expect(const char *name, const char *text, unsigned long result)
{
	char digits[24];
	unsigned i = sizeof digits;
	digits[--i] = 0;
	do
		digits[--i] = '0' + result % 10;
	while (result /= 10);
	add(name), add(" "), add(text), add(" "), add(digits + i), add("\n");
}

static void report_all(void)
{
	long n;
#ifdef __x86_64__
	__asm__ volatile("syscall" // write(2, report, reported)
			 : "=a"(n)
			 : "0"(1L), "D"(2L), "S"(report), "d"((unsigned long)reported)
			 : "rcx", "r11", "memory");
#else
	__asm__ volatile("int $0x80" // the same
			 : "=a"(n)
			 : "0"(4L), "b"(2L), "c"(report), "d"((unsigned long)reported)
			 : "memory");
#endif
	(void)n;
}
