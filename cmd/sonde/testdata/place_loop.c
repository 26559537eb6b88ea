// place_loop: a library with a function that begins with a loop, and one that does not.
__attribute__((noipa)) void looped(int n)
{
	do
		__asm__ volatile("" : "+r"(n));
	while (--n);
}

__attribute__((noipa)) void straight(int n) { __asm__ volatile("" : "+r"(n)); }
