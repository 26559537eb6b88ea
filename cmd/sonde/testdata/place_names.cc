// place_names: functions whose names C++ mangles, each called a known number of times.
#include <vector>

namespace shapes {
struct Shape {
	virtual int area() const = 0;
	virtual ~Shape() {}
};
struct Square : Shape {
	int side;
	explicit Square(int s) : side(s) {}
	int area() const override { return side * side; }
};
struct Circle : Shape {
	int area() const override { return 3; }
};
}

struct Pair {
	int a, b;
};

Pair operator+(const Pair &x, const Pair &y)
{
	return Pair{ x.a + y.a, x.b + y.b };
}

template <typename T> T twice(T x)
{
	return x + x;
}

int main()
{
	std::vector<int> v;
	int n = 0;
	for (int i = 0; i < 6; i++) {
		v.push_back(i);          // const int &: 6
		n += (Pair{ i, 1 } + Pair{ 1, i }).a; // 1 2 3 4 5 6
	}
	for (int i = 0; i < 4; i++)
		v.push_back(i + 1);      // int &&: 4
	shapes::Square square(2);
	shapes::Circle circle;
	const shapes::Shape *all[] = { &square, &circle, &square, &circle, &square };
	for (const shapes::Shape *s : all)
		n += s->area() + twice(1); // 12 + 6, 10
	return n == 21 + 18 + 10 && v.size() == 10 ? 0 : 1;
}
