// classes.h: a C++ library of functions whose arguments and results have every class
// of type.
#ifndef CLASSES_H
#define CLASSES_H

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shapes {

enum class level : std::uint8_t { low, high = 7 };
enum plain { zero, one };

struct point {
	int x, y;
};

class counter {
public:
	explicit counter(int start);
	~counter();
	int next();
	int peek(int ahead) const;
	static int total(int a, int b);
	virtual int shown(bool really);

private:
	int value;
};

struct owner { // not trivial: passed by address
	owner(int n) : n(n) {}
	owner(const owner &o) : n(o.n) {}
	~owner() {}
	int n;
};

int of_reference(int &i);
int of_const_reference(const int &i);
int of_moved(point &&p);
point of_point(point p);
const point &of_point_reference(const point &p);
level of_level(level l);
plain of_plain(plain p);
bool of_bool(bool b);
char16_t of_char16(char16_t c);
wchar_t of_wchar(wchar_t c);
char of_char(char c);
signed char of_schar(signed char c);
unsigned char of_uchar(unsigned char c);
std::nullptr_t of_null(std::nullptr_t p);
owner of_owner(owner o);
int of_member(int point::*m);
int of_function(int (*f)(int));

std::string of_string(const std::string &s);
std::size_t of_string_value(std::string s);
std::size_t of_view(std::string_view v);
std::vector<int> of_vector(const std::vector<int> &v);
std::size_t of_vector_value(std::vector<std::string> v);
std::size_t of_pair(const std::pair<int, std::string> &p);
std::size_t of_map(const std::map<int, int> &m);
std::size_t of_array(const std::array<int, 3> &a);
int of_unique(const std::unique_ptr<int> &p);
int of_shared(const std::shared_ptr<int> &p);

template <typename T> T twice(T value) { return value + value; }
extern template int twice<int>(int);
extern template double twice<double>(double);

int overloaded(int i);
int overloaded(double d);
int overloaded(const char *s);

} // namespace shapes

int operator+(const shapes::point &p, int n);

#endif
