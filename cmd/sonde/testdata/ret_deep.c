// Two functions that call each other through their library's PLT, DEPTH deep.
// The sum after the call keeps it from being a jump.
long pong(long n);

long ping(long n)
{
	return n ? pong(n - 1) + 1 : 0;
}

long pong(long n)
{
	return n ? ping(n - 1) + 1 : 0;
}
