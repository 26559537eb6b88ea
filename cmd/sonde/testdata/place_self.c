// place_self: built with -DLIB a library with a function that begins by loading its
// own address; else a program that has it called through that address.
#ifdef LIB
void *self(void) { return (void *)self; }

int run(int n)
{
	void *(*volatile f)(void) = (void *(*)(void))self();
	int same = 0;
	for (int i = 0; i < n; i++)
		same += f() == (void *)self;
	return same;
}
#else
#include <dlfcn.h>
int main(int argc, char **argv)
{
	void *lib = argc > 1 ? dlopen(argv[1], RTLD_NOW) : 0;
	int (*run)(int) = lib ? (int (*)(int))dlsym(lib, "run") : 0;
	return run && run(5) == 5 ? 0 : 1;
}
#endif
