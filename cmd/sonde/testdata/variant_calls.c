// 26 calls through the PLT: 5 each of atoi, getenv, malloc, free and toupper, and a puts.
// Run it with VARIANT=linked in the environment.
#include "variant_trace.h"

int main(void)
{
	static const char *const number[] = { "1", "20", "300", "4000", "5000" };
	for (int i = 0; i < 5; i++) {
		expect("atoi", "-", (unsigned)atoi(number[i]));
		const char *s = getenv(i % 2 ? "VARIANT_NOT_SET" : "VARIANT");
		expect("getenv", s ? s : "-", (unsigned long)s);
		void *p = malloc(16 + i);
		expect("malloc", "-", (unsigned long)p);
		free(p);
		expect("free", "-", 0);
		expect("toupper", "-", (unsigned)toupper('a' + i));
	}
	expect("puts", "-", (unsigned)puts("26 calls"));
	report_all();
	return 0;
}
