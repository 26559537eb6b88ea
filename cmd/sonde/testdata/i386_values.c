// Calls whose arguments and results tell how words of 32 bits are read and shown.
// Functions are declared here: their headers may make inline code of them.
int atoi(const char *);
long labs(long);
unsigned long strtoul(const char *, char **, int);

int main(void)
{
	atoi("-7");
	labs(-10000);
	strtoul("4294967295", 0, 10);
	strtoul("0xf7c00000", 0, 16);
	return 0;
}
