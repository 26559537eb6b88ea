// Calls the function hop of each library that its arguments name, each from the one
// before it.
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *hops[64] = {0};
	for (int i = 1; i < argc && i < 63; i++) {
		void *library = dlopen(argv[i], RTLD_NOW);
		if (library == NULL || (hops[i - 1] = dlsym(library, "hop")) == NULL) {
			fprintf(stderr, "%s\n", dlerror());
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	if (hops[0] != NULL)
		((void (*)(void *const *))hops[0])(hops + 1);
	return 0;
}
