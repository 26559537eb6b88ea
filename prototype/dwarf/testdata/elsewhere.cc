// Classes that clang describes in one unit of a program alone: with -DHOME this is that
// unit. And parameters that one has to look for otherwise.
#include <tuple>

#define KEEP __attribute__((noinline, used))

namespace ui {
class Widget {
public:
	Widget(int n);
	virtual ~Widget();
	int n;
};
struct Base {
	double d;
	Base(double d);
};
struct Dot : Base {
	Dot(double d);
	long k;
};
struct Pixel {
	int x, y;
	Pixel(int x);
};
template <typename T> struct Box {
	T v;
	Box(T v);
};
extern template struct Box<float>;
} // namespace ui

#ifdef HOME
ui::Widget::Widget(int n) : n(n) {}
ui::Widget::~Widget() {}
ui::Base::Base(double d) : d(d) {}
ui::Pixel::Pixel(int x) : x(x), y(x) {}
template <typename T> ui::Box<T>::Box(T v) : v(v) {}
template struct ui::Box<float>;
#ifndef NODOT
ui::Dot::Dot(double d) : Base(d), k(1) {}
#endif
#else
KEEP int f_widget(ui::Widget w, const ui::Widget &r, int n) { return w.n + r.n + n; }
KEEP int f_dot(ui::Dot d, int n) { return d.k + n; }
KEEP ui::Pixel f_pixel(ui::Box<float> b) { return ui::Pixel(b.v); }
KEEP int f_tuple(std::tuple<int, char> t, std::tuple<> u, int n) { return std::get<0>(t) + n; }
template <typename... A> KEEP int f_pack(int n, A... a) { return n + sizeof...(a); }
int main() { return f_pack(1, 2.5, "three", 'c'); }
#endif
