// Methods, templates and lambdas that are inlined into each other.
#include "lines.h"

// GCC does not tell the symbol of a template that has no code of its own.
#ifdef __clang__
#define SUM "house::sum<int>(house::Room const&, int)"
#else
#define SUM "house::sum<int>"
#endif

namespace house {
NEVER int stay(int n)
{
	return CALL("house::stay(int)", print_calls() + pause() + n);
}

struct Room {
	int size;
	__attribute__((always_inline)) int area(int n) const
	{
		return INLINED("house::Room::area(int) const", stay(n)) * size;
	}
};

template <class T> ALWAYS T sum(const Room &r, T n)
{
	return INLINED(SUM, r.area(n)) + 1;
}

NEVER int outer(int n)
{
	return CALL("house::outer(int)", sum(Room{n}, n)) + 2;
}
} // namespace house

int main(int argc, char **)
{
	return CALL("main", house::outer(argc)) + 1;
}
