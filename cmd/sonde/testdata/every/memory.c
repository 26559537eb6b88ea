/* The calls for memory. */
#include "every.h"

int main(int argc, char **argv)
{
	begin(argc, argv);
	long n = call(__NR_brk, 0);
	want("brk(NULL) = %s", result_at(n));
	long start = n;
	n = call(__NR_brk, start + 8192);
	want("brk(%#lx) = %s", start + 8192, result_at(n));
	return done();
}
