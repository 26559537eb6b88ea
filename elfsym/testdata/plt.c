// Calls of library functions in all the ways that make a slot of the linkage
// table, and one that makes none.

// Not the headers, which replace some of these by others.
typedef unsigned long size_t;
extern void *malloc(size_t);
extern void free(void *);
extern int puts(const char *);
extern char *getenv(const char *);
extern void abort(void) __attribute__((noreturn));
extern int atoi(const char *);

// Called and its address taken: one slot jumps through a GLOB_DAT (.plt.got).
int (*volatile taken)(const char *) = atoi;
int (*address_of(int n))(const char *) { return n ? atoi : 0; }

// Without a linkage table: a jump through the pointer, in .text. What is a
// tail call here looks the same as a slot.
extern long atol(const char *) __attribute__((noplt));
__attribute__((aligned(32), noinline)) long tail(const char *s) { return atol(s); }

int work(int argc, char **argv) {
	void *p = malloc(argc);
	free(p);
	puts(getenv("HOME") ? "home" : "none");
	if (argc > 5)
		abort();
	return atoi(argv[0]) + taken("1") + (address_of(argc) != 0) + tail("2");
}

int main(int argc, char **argv) { return work(argc, argv) == -1; }
