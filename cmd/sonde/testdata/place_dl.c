// place_dl ROUNDS new|base LIBRARY...: opens each library, calls its fn, which calls its
// helper, and closes it again, ROUNDS times; with "new" each in a namespace of its
// own. Prints how often each function was called.
#include "truth.h"
#include <dlfcn.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	int rounds = atoi(argv[1]), called = 0;
	for (int i = 0; i < rounds; i++)
		for (int k = 3; k < argc; k++) {
			void *lib = strcmp(argv[2], "new") ? dlopen(argv[k], RTLD_NOW) : dlmopen(LM_ID_NEWLM, argv[k], RTLD_NOW);
			if (!lib) {
				dprintf(1, "%s\n", dlerror());
				return 3;
			}
			int (*fn)(int) = (int (*)(int))dlsym(lib, "fn");
			if (!fn || fn(i) != i + 7)
				dprintf(1, "wrong %d %d\n", own_tid(), i);
			called++;
			dlclose(lib);
		}
	dprintf(1, "count %d fn %d\ncount %d helper %d\ncount %d strtol %d\n",
		own_tid(), called, own_tid(), called, own_tid(), called);
	return 0;
}
