// place_rec_lib: the library of place_rec. Built with -DOTHER it is one whose functions
// begin elsewhere, in the middle of those of the first.
#ifdef OTHER
__asm__(".text\n.skip 7, 0x90\n");
int before(int i) { return i * 3 + 1; }
#endif
int rec(int n)
{
	volatile int sum = 37;
	return n + sum;
}
