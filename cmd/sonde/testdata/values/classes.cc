// The library of classes.h.
#include "classes.h"

namespace shapes {

counter::counter(int start) : value(start) {}
counter::~counter() {}
int counter::next() { return value++; }
int counter::peek(int ahead) const { return value + ahead; }
int counter::total(int a, int b) { return a + b; }
int counter::shown(bool really) { return really ? value : 0; }

int of_reference(int &i) { return i; }
int of_const_reference(const int &i) { return i; }
int of_moved(point &&p) { return p.x; }
point of_point(point p) { return p; }
const point &of_point_reference(const point &p) { return p; }
level of_level(level l) { return l; }
plain of_plain(plain p) { return p; }
bool of_bool(bool b) { return b; }
char16_t of_char16(char16_t c) { return c; }
wchar_t of_wchar(wchar_t c) { return c; }
char of_char(char c) { return c; }
signed char of_schar(signed char c) { return c; }
unsigned char of_uchar(unsigned char c) { return c; }
std::nullptr_t of_null(std::nullptr_t p) { return p; }
owner of_owner(owner o) { return o; }
int of_member(int point::*) { return 1; }
int of_function(int (*f)(int)) { return f != nullptr; }

std::string of_string(const std::string &s) { return s; }
std::size_t of_string_value(std::string s) { return s.size(); }
std::size_t of_view(std::string_view v) { return v.size(); }
std::vector<int> of_vector(const std::vector<int> &v) { return v; }
std::size_t of_vector_value(std::vector<std::string> v) { return v.size(); }
std::size_t of_pair(const std::pair<int, std::string> &p) { return p.first; }
std::size_t of_map(const std::map<int, int> &m) { return m.size(); }
std::size_t of_array(const std::array<int, 3> &a) { return a[0]; }
int of_unique(const std::unique_ptr<int> &p) { return *p; }
int of_shared(const std::shared_ptr<int> &p) { return *p; }

template int twice<int>(int);
template double twice<double>(double);

int overloaded(int i) { return i; }
int overloaded(double) { return 2; }
int overloaded(const char *) { return 3; }

} // namespace shapes

int operator+(const shapes::point &p, int n) { return p.x + n; }
