// Calls whose arguments and results tell how words of 32 bits are read and shown
// of a function that nothing is known of.
unsigned long same(unsigned long v) { return v; }

int main(void)
{
	same(-10000);
	same(0xffffffff);
	same(0x90000000);
	return 0;
}
