// A program with a status of its own, for runs where something else is wrong.
// Functions are declared here: their headers may make inline code of them.
int atoi(const char *);
int puts(const char *);
void *malloc(unsigned long);
void free(void *);

int main(void)
{
	free(malloc(16));
	puts("output");
	return atoi("7");
}
