// A function that is both called and has its address taken: the linker serves
// the direct calls by .plt.got. 21 calls: 5 of atoi direct, 5 of atoi by pointer,
// 5 of malloc, 5 of free, a puts. The calls by pointer pass the PLT only in a program
// that is not position-independent, where the PLT slot is the function's address.
#include "variant_trace.h"

int main(void)
{
	// Taken by code and not as a variable's initial value, for which the
	// linker would rather have the dynamic linker look the address up.
	int (*volatile by_pointer)(const char *) = atoi;
	static const char *const number[] = { "1", "20", "300", "4000", "5000" };
	for (int i = 0; i < 5; i++) {
		expect("atoi", "-", (unsigned)atoi(number[i]));
		expect("atoi", "-", (unsigned)by_pointer(number[i]));
		void *p = malloc(16 + i);
		expect("malloc", "-", (unsigned long)p);
		free(p);
		expect("free", "-", 0);
	}
	expect("puts", "-", (unsigned)puts("21 calls"));
	report_all();
	return 0;
}
