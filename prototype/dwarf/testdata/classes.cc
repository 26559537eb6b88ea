// Functions of C++, whose prototypes classes.want knows.
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#define KEEP __attribute__((noinline, noclone, used))
#ifdef __clang__
#undef KEEP
#define KEEP __attribute__((noinline, used))
#endif

namespace shop {

enum class Color : unsigned char { red, green = 5 };
struct Point {
	int x, y;
	static int count;
};
int Point::count;
struct Owner { // not trivial: a destructor
	int *p;
	~Owner() { delete p; }
};
struct Copied { // not trivial: a copy constructor
	int n;
	Copied(const Copied &o) : n(o.n + 1) {}
	Copied() : n(0) {}
};
struct Defaulted { // trivial
	int n;
	Defaulted(const Defaulted &) = default;
	Defaulted() : n(0) {}
	~Defaulted() = default;
};
struct Holder { // not trivial: a member is not
	Owner o;
};
struct Empty {};
class Base {
public:
	virtual ~Base() {}
	virtual int area(int scale) const { return scale; }
	int id;
};
class Left : virtual public Base {
public:
	KEEP Left(int n) : left(n) {}
	int left;
};
class Below : public Left {
public:
	KEEP Below(int n) : Left(n) {}
};
class Square : public Base, Empty {
public:
	KEEP Square(int side, const char *name) : side(side) { id = name ? *name : 0; }
	KEEP ~Square() { side = 0; }
	KEEP int area(int scale) const override { return side * side * scale; }
	KEEP static int make(int side) { return side; }
	KEEP Point corner(Point by) && { return Point{by.x + side, by.y}; }
	template <typename T> KEEP T scaled(T by) { return by * side; }
	int side;
};

KEEP int f_references(int &a, const int &b, int &&c, Point &p, const Square &s) { return a + b + c + p.x + s.side; }
KEEP int f_text(const char *s, char &c, const std::string &t, std::string u, std::string_view v) { return *s + c + t.size() + u.size() + v.size(); }
KEEP int f_values(Point p, Owner o, Copied c, Defaulted d, Holder h, Empty e) { return p.x + (o.p != nullptr) + c.n + d.n + (h.o.p != nullptr); }
KEEP Owner f_owner(int n) { return Owner{new int(n)}; }
KEEP Color f_color(Color c, std::nullptr_t, bool b, wchar_t w, char16_t u) { return b && w && u ? c : Color::red; }
KEEP int f_members(int Point::*m, int (Square::*f)(int) const, Point *p, Square *s) { return p->*m + (s->*f)(1); }
KEEP int f_library(std::vector<int> &v, std::unique_ptr<Point> p, const std::map<int, std::string> &m, std::optional<int> o) { return v.size() + p->x + m.size() + *o; }
KEEP int f_callable(const std::function<int(int)> &f, std::exception_ptr e) { return f(1) + (e != nullptr); }
KEEP int f_virtual(Left *l, Base *b) { return l->left + b->area(2); }
namespace {
KEEP int f_hidden(Point *p) { return p->x; }
} // namespace
template <typename T, int N> KEEP T f_template(T (&array)[N], T one) { return array[0] + one; }

} // namespace shop

extern "C" KEEP int f_plain(int n, ...) { return n; }

int main(int argc, char **argv) {
	using namespace shop;
	if (argc < 100)
		return 0;
	Square s(argc, argv[0]);
	int array[] = {1, 2};
	auto lambda = [&](int by) __attribute__((noinline)) { return by + argc; };
	Left l(argc);
	Below b(argc);
	Point p{1, 2};
	return Square::make(1) + std::move(s).corner(p).x + s.scaled(2.0) + f_hidden(&p) + f_template(array, 3) + lambda(4) + f_virtual(&l, &s) + f_virtual(&b, &s);
}
