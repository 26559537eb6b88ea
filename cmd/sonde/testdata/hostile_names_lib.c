// The function of a library whose names the test makes hostile.
int evil(const char *s, const void *p, unsigned long n)
{
	return s && p ? (int)n : -1;
}
