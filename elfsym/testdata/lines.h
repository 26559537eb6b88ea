// A function in a header, inlined into several files.
static inline __attribute__((always_inline)) int in_header(int n) {
	int m = n * 7;          // header body
	return m ^ (n >> 1);
}
