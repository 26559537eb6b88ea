// place_preload: a library to be preloaded that takes atoi's place, and calls strtol of libc
// for it.
long strtol(const char *, char **, int);

int atoi(const char *s)
{
	return (int)strtol(s, 0, 10);
}
