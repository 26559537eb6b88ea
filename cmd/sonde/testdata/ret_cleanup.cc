// ret_cleanup THROWS: exceptions go through frames that have something to clean up.
#include <cstdlib>

#define OUT_OF_LINE __attribute__((noipa))

extern "C" {

OUT_OF_LINE void cleaned(int) {}
OUT_OF_LINE void caught(int) {}

OUT_OF_LINE int thrower(int deeper)
{
	if (!deeper)
		throw deeper;
	return thrower(deeper - 1) + 1;
}

struct guard {
	~guard() { cleaned(0); }
};

OUT_OF_LINE int middle(int deeper)
{
	guard g;
	return thrower(deeper) + 1;
}

OUT_OF_LINE int outer(int deeper)
{
	guard g;
	return middle(deeper) + 1;
}

}

int main(int argc, char **argv)
{
	for (int i = argc > 1 ? atoi(argv[1]) : 0; i > 0; i--) {
		try {
			outer(i % 2);
		} catch (int) {
			caught(i);
		}
	}
	return 0;
}
