// Calls of functions whose mangled names settle what they take and give. The
// program prints how a trace shows each: what its name begins with, a tab, and
// ARGUMENTS = RESULT.
#include <array>
#include <chrono>
#include <complex>
#include <cstdarg>
#include <cstdio>
#include <deque>
#include <forward_list>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <variant>
#include <vector>

#define HERE __attribute__((noinline, noclone))

// told prints what a trace must show.
static void told(const char *name, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	printf("%s\t%s\n", name, text);
}

static volatile int calls;

// late is a variable that no page of the file has: some of the room is before it.
char room_before[1 << 16], room_behind[1 << 16];
extern "C" { std::istringstream late; }
char more_room[1 << 16];

// by_value and by_reference are instances of templates, whose names have it all.
template<typename... T> HERE int by_value(T...) { return ++calls; }
template<typename... T> HERE int by_reference(const T &...) { return ++calls; }
template<typename... T> HERE int by_lvalue(T &...) { return ++calls; }
template<typename... T> HERE int by_rvalue(T &&...) { return ++calls; }
template<typename T> HERE T give(const T &what) { calls = calls + 1; return what; }
template<typename T> HERE const T &lend(const T &what) { calls = calls + 1; return what; }

#define VALUE(shown, ...) told("_Z8by_value", "%s = %d", shown, calls + 1), by_value(__VA_ARGS__)
#define REFERENCE(shown, ...) told("_Z12by_reference", "%s = %d", shown, calls + 1), by_reference(__VA_ARGS__)

enum Colour { red, green };
struct Point { int x, y; };

struct Probe {
	long filler[4];
	HERE Probe(const std::string &s, const char *t, double d, long long n) { filler[0] = s.size() + t[0] + (long)d + n; }
	HERE Probe(const std::vector<std::string> &v, Point p, int) { filler[0] = v.size() + p.x; }
	HERE ~Probe() { calls = calls + 1; }
	HERE operator std::string() const { return "a probe"; }
	HERE operator bool() const { calls = calls + 1; return filler[0] != 0; }
	template<typename T> HERE T add(T a, const std::string &b) const { calls = calls + 1; return a + b.size(); }
	HERE Probe &operator=(const std::string &s) { filler[1] = s.size(); return *this; } // says no result
	// Nothing says whether these have a this or where their results go.
	HERE std::string hidden(const std::string &s) const { return s + "!"; }
	HERE static std::string fixed(const std::string &s) { return s + "!"; }
	HERE int plain(const std::string &s) { return calls = s.size(); }
};
struct Virtual : virtual Point {
	HERE Virtual(const std::string &s) { x = s.size(); }
};
struct Derived : Virtual {
	HERE Derived(const std::string &s) : Virtual(s) { y = 2; }
};
HERE std::string outside(const std::string &s) { return s + "?"; }

extern "C" int twice(int n) { return 2 * n; }

int main()
{
	using namespace std;
	using namespace std::literals;
	setvbuf(stdout, nullptr, _IONBF, 0);
	const string text = "text", longer = "a text that is longer than what is shown of one";
	int eleven = 11;
	const vector<int> numbers{1, 2, 3, 4, 5};

	VALUE("-1, 'c', true, 1.500000, 18446744073709551615", -1, 'c', true, 1.5, ~0ull);
	VALUE("\"text\", nil, 2.250000", text.c_str(), nullptr, 2.25f);
	VALUE("\"text\", 1", text, 1);
	VALUE("1, \"a text that is longer than what \"..., 2.000000", 1, longer, 2.0);
	VALUE("\"view\", 3", "view"sv, 3);
	VALUE("5 [ 1, 2, 3, 4... ], 4", numbers, 4);
	VALUE("{ 1, 2.500000 }, 5", make_pair(1, 2.5), 5);
	VALUE("{ \"key\", 'v' }, 6", make_pair("key"s, 'v'), 6);
	VALUE("7.000000, 2.000000", optional<double>(7), 2.0);
	VALUE("std::nullopt, 8", optional<int>(), 8);
	VALUE("2.500000, 8.000000", variant<double>(2.5), 8.0);
	VALUE("3, 8.000000", variant<double, int>(3), 8.0);
	VALUE("2 [ 7, 8 ], 8.000000", initializer_list<int>{7, 8}, 8.0);
	VALUE("1.000000-2.000000i, 8.000000", complex<double>(1, -2), 8.0);
	VALUE("1.000000-2.000000i, 8.000000", complex<float>(1, -2), 8.0);
	VALUE("11, 8.000000", ref(eleven), 8.0);
	VALUE("[ 1.000000, 2.000000 ], 8", array<double, 2>{{1, 2}}, 8);
	VALUE("[ 1.000000, 2.000000, 3.000000 ], 8", array<double, 3>{{1, 2, 3}}, 8);
	VALUE("[ 1.000000, 2.000000 ], 8", array<float, 2>{{1, 2}}, 8);
	VALUE("[ 1, 2 ], 9", array<int, 2>{{1, 2}}, 9);
	VALUE("1500ms, 10", 1500ms, 10);
	VALUE("3s, -4h", 3s, -4h);
	VALUE("11, 12", make_unique<int>(11), 12);
	VALUE("\"shared\", 13", make_shared<const string>("shared"), 13);
	VALUE("twice, 14", &twice, 14);
	VALUE("\"wide\"", L"wide"s);
	VALUE("15, {...}", 15, Point{1, 2}, 16); // nobody knows how a Point is passed
	VALUE("17, {...}", 17, red, 18);

	REFERENCE("\"text\", 5 [ 1, 2, 3, 4... ]", text, numbers);
	REFERENCE("2 [ \"a\", \"b\" ]", vector<string>{"a", "b"});
	REFERENCE("2 [ 1 [ 1 ], 0 [] ]", vector<vector<short>>{{1}, {}});
	REFERENCE("0 []", vector<char>());
	REFERENCE("2 [ { 1, \"a\" }, { 2, \"b\" } ]", map<int, string>{{1, "a"}, {2, "b"}});
	REFERENCE("5 [ 1, 2, 3, 4... ], 1 [ { \"k\", 2 [ 6, 7 ] } ]", set<int>{5, 4, 3, 2, 1}, unordered_map<string, set<int>>{{"k", {6, 7}}});
	REFERENCE("6 [ 1, 2, 3, 4... ], [ 1, 2 ]", deque<int>{1, 2, 3, 4, 5, 6}, forward_list<int>{1, 2});
	REFERENCE("1 [...]", map<int, Point>{{1, {2, 3}}}); // nobody knows what a Point has
	REFERENCE("1, 'c', nil", 1, 'c', (void *)nullptr);
	REFERENCE("\"quote\\\"\\001\\0end\"", "quote\"\1\0end"s);

	string changed = "before";
	int number = 1;
	told("_Z9by_lvalue", "\"before\", %p = %d", (void *)&number, calls + 1);
	by_lvalue(changed, number);
	told("_Z9by_lvalue", "late = %d", calls + 1);
	by_lvalue(late);
	told("_Z9by_rvalue", "\"moved\", 6 = %d", calls + 1);
	by_rvalue("moved"s, 6);

	told("_Z4give", "\"text\" = \"text\"");
	give(text);
	told("_Z4give", "5 [ 1, 2, 3, 4... ] = 5 [ 1, 2, 3, 4... ]");
	give(numbers);
	told("_Z4give", "{ 1, 2.500000 } = { 1, 2.500000 }");
	give(make_pair(1, 2.5));
	told("_Z4give", "1.500000 = 1.500000");
	give(1.5);
	told("_Z4give", "20s = 20s");
	give(20s);
	told("_Z4lend", "\"text\" = \"text\"");
	lend(text);

	{
		alignas(Probe) char room[sizeof(Probe)];
		told("_ZN5ProbeC", "%p, \"text\", \"chars\", 0.500000, -7 = <void>", room);
		Probe *p = new (room) Probe(text, "chars", 0.5, -7);
		told("_ZNK5Probecv", "%p = \"a probe\"", room);
		(string)*p;
		told("_ZNK5Probecvb", "%p = true", room);
		(void)(bool)*p;
		told("_ZNK5Probe3add", "%p, 3, \"text\" = 7", room);
		p->add(3, text);
		told("_ZNK5Probe6hidden", "?");
		p->hidden(text);
		told("_ZN5Probe5fixed", "?");
		Probe::fixed(text);
		told("_ZN5Probe5plain", "?");
		p->plain(text);
		told("_ZN5ProbeaS", "?");
		*p = text;
		told("_ZN5ProbeD", "%p = <void>", room);
		p->~Probe();
		told("_ZN5ProbeC", "%p, 1 [ \"x\" ], {...} = <void>", room);
		new (room) Probe(vector<string>{"x"}, Point{1, 2}, 3);
	}
	told("_Z7outside", "?");
	outside(text);
	{
		alignas(Derived) char room[sizeof(Derived)];
		told("_ZN7DerivedC", "%p, \"text\" = <void>", room);
		told("_ZN7VirtualC", "%p = <void>", room);
		new (room) Derived(text);
	}
	return 0;
}
