// Functions that are put into each other.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace house {
struct Room {
	int size;
	int area() const { return twice(size) * size; }
	static int twice(int n) { return n * 2 + (n & 1 ? odd(n) : 0); }
	static int odd(int n) { std::fputs("odd\n", stderr); return n; }
};

template <class T> static inline T largest(const std::vector<T> &all)
{
	T most{};
	for (const T &t : all)
		most = std::max(most, t);
	return most;
}
} // namespace house

static int look(const house::Room &room, int n)
{
	auto add = [&](int m) { return room.area() + m; };
	return add(n) + add(n + 1);
}

int main(int argc, char **argv)
{
	std::vector<int> sizes;
	for (int i = 0; i < argc; i++)
		sizes.push_back(look(house::Room{i}, static_cast<int>(std::string(argv[i]).size())));
	std::printf("%d\n", house::largest(sizes));
}
