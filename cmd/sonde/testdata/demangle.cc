// Calls functions of the C++ library, a template's among them, that take
// numbers and pointers of which nothing is known.
#include <string>

__attribute__((noinline)) static void grow(std::string &s)
{
	s.reserve(1000);
	s.append("x", 1);
}

int main(int argc, char **argv)
{
	std::string s(argv[0]);
	grow(s);
	return s.size() < 1;
}
