// At -O2 each of these jumps to the next through the library's PLT.
int tail_c(int n);
int tail_b(int n);

int tail_a(int n)
{
	return tail_b(n + 1);
}

int tail_b(int n)
{
	return tail_c(n + 1);
}

int tail_c(int n)
{
	return n + 40;
}
