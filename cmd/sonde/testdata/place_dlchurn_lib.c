// place_dlchurn_lib: what place_dlchurn opens. It calls libc through its PLT and through
// a pointer that it loads.
long strtol(const char *, char **, int);
long labs(long);

__attribute__((noinline)) int helper(int i)
{
	long (*volatile by_pointer)(long) = labs;
	return i + (int)(by_pointer(-1) + by_pointer(-2));
}

int churn(int i)
{
	return helper(i) + (int)strtol("20", 0, 10);
}
