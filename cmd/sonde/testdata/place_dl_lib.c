// place_dl_lib: what place_dl opens. fn calls helper and that calls libc, through the
// library's PLT.
long strtol(const char *, char **, int);

int helper(int i)
{
	return i + (int)strtol("7", 0, 10);
}

int fn(int i)
{
	return helper(i) + 0 * i;
}
