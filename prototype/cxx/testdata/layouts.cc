// Objects of the standard library, each told in a line on standard output: its
// type, its address and how it is shown. Then what there is in memory goes to the
// file that the first argument names: addresses, lengths and bytes.
#define _FILE_OFFSET_BITS 64 // addresses are offsets in /proc/self/mem
#include <any>
#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstdio>
#include <cstring>
#include <deque>
#include <forward_list>
#include <functional>
#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <stack>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>
#include <unistd.h>

static void line(const char *type, const void *at, const char *shown)
{
	printf("%s\t%p\t%s\n", type, at, shown);
}

// tell has the type's mangled name out of the compiler.
template<typename T> static void tell(const T &object, const char *shown)
{
	line(typeid(T).name(), &object, shown);
}

// keep tells of a copy that stays.
template<typename T> static void keep(const T &object, const char *shown)
{
	tell(*new T(object), shown);
}

// dump writes the mappings that are written to, and the program's own.
static void dump(const char *name)
{
	FILE *maps = fopen("/proc/self/maps", "r"), *mem = fopen("/proc/self/mem", "r"), *out = fopen(name, "w");
	char text[512], self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	self[n < 0 ? 0 : n] = 0;
	while (fgets(text, sizeof text, maps)) {
		unsigned long long from, to;
		char mode[8];
		sscanf(text, "%llx-%llx %7s", &from, &to, mode);
		if (mode[0] != 'r' || to - from > 1 << 20 || (mode[1] != 'w' && !strstr(text, self) && !strstr(text, "c++")))
			continue;
		static char page[4096];
		fseeko(mem, from, SEEK_SET);
		fwrite(&from, 8, 1, out);
		to -= from;
		fwrite(&to, 8, 1, out);
		for (; to > 0; to -= sizeof page) {
			memset(page, 0, sizeof page);
			if (fread(page, 1, sizeof page, mem) != sizeof page)
				clearerr(mem);
			fwrite(page, 1, sizeof page, out);
		}
	}
	fclose(out);
}

// text is how a value within a container is shown, all whose elements go behind their
// number.
static std::string text(char c) { return std::string("'") + c + "'"; }
static std::string text(const std::string &s) { return '"' + s + '"'; }
template<typename T> static std::string text(T n) { return std::to_string(n); }
static std::string text(double d)
{
	char shown[32];
	snprintf(shown, sizeof shown, "%g", d);
	return shown;
}
template<typename T, typename U> static std::string text(const std::pair<T, U> &p)
{
	return "{" + text(p.first) + " " + text(p.second) + "}";
}
template<typename C> static std::string elements(const C &container)
{
	std::string s = "[";
	for (const auto &e : container)
		s += (s.size() > 1 ? " " : "") + text(e);
	return s + "]";
}
template<typename C> static void all(const C &container)
{
	tell(container, (std::to_string(container.size()) + " " + elements(container)).c_str());
}

struct thrown {};

static int twice(int n) { return 2 * n; }

int main(int, char **argv)
{
	using namespace std;
	using namespace std::literals;
	const string empty, small = "small", large = "longer than what fits into the object itself", nul("a\0b", 3);
	tell(empty, "\"\"");
	tell(small, "\"small\"");
	tell(large, "\"longer than what fits into the object itself\"");
	tell(nul, "\"a\\0b\"");
	const wstring wide = L"wide", wider = L"wider than what fits into the object";
	tell(wide, "\"wide\"");
	tell(wider, "\"wider than what fits into the object\"");
	const u16string s16 = u"sixteen", l16 = u"sixteen bits for each of the characters";
	const u32string s32 = U"32";
	tell(s16, "\"sixteen\"");
	tell(l16, "\"sixteen bits for each of the characters\"");
	tell(s32, "\"32\"");
	const string_view view = string_view(large).substr(0, 6);
	tell(view, "\"longer\"");

	const vector<int> none, v123{1, 2, 3};
	vector<int> cleared{1};
	cleared.clear();
	tell(none, "0 []");
	tell(v123, "3 [1 2 3]");
	tell(cleared, "0 []");
	const vector<string> words{small, large};
	tell(words, "2 [\"small\" \"longer than what fits into the object itself\"]");
	const vector<vector<short>> nested{{1, 2}, {}, {-3}};
	tell(nested, "3 [2 [1 2] 0 [] 1 [-3]]");
	const vector<pair<char, double>> pairs{{'a', 1.5}, {'b', -2}};
	tell(pairs, "2 [{'a' 1.5} {'b' -2}]");
	vector<bool> bits(70, true);
	bits[1] = bits[68] = false;
	string shown_bits = "70 [";
	for (bool b : bits)
		shown_bits += b ? "1 " : "0 ";
	shown_bits.back() = ']';
	tell(bits, shown_bits.c_str());
	const vector<bool> nobits;
	tell(nobits, "0 []");
	const array<int, 3> a123{{1, 2, 3}};
	tell(a123, "[1 2 3]");
	const array<string, 2> strings{{"one", "two"}};
	tell(strings, "[\"one\" \"two\"]");
	const initializer_list<int> listed{7, 8};
	tell(listed, "2 [7 8]");

	const pair<int, string> p{5, "five"};
	tell(p, "{5 \"five\"}");
	const tuple<char, double, int> t3{'x', 2.5, 9};
	tell(t3, "{'x' 2.5 9}");
	const tuple<int, char, string, short> t4{1, 'c', "s", 4};
	tell(t4, "{1 'c' \"s\" 4}");
	const tuple<string> t1{"alone"};
	tell(t1, "{\"alone\"}");
	const optional<int> some = 7, nothing;
	tell(some, "7");
	tell(nothing, "std::nullopt");
	const optional<string> text = "text"s, notext;
	tell(text, "\"text\"");
	tell(notext, "std::nullopt");
	const variant<int, string, double> alternatives[]{6, "six"s, 6.5};
	tell(alternatives[0], "6");
	tell(alternatives[1], "\"six\"");
	tell(alternatives[2], "6.5");
	const variant<monostate, char> blank, letter{'z'};
	tell(blank, "std::monostate");
	tell(letter, "'z'");

	const unique_ptr<int> owner(new int(11)), owns_nothing;
	tell(owner, "11");
	tell(owns_nothing, "nil");
	const unique_ptr<string> owned(new string("owned"));
	tell(owned, "\"owned\"");
	const unique_ptr<int, void (*)(int *)> own_way(new int(12), [](int *n) { delete n; });
	tell(own_way, "12");
	const shared_ptr<int> shared = make_shared<int>(13);
	tell(shared, "13");
	const shared_ptr<const string> shared_text = make_shared<const string>("shared");
	tell(shared_text, "\"shared\"");
	int fourteen = 14;
	const reference_wrapper<int> wrapped(fourteen);
	tell(wrapped, "14");
#ifndef _LIBCPP_VERSION
	const function<int(int)> called = twice, uncalled;
	tell(called, "symbol");
	tell(uncalled, "nullptr");
#endif

	const map<int, string> m{{1, "one"}, {2, "two"}};
	all(m);
	const map<string, char, greater<string>> nomap;
	all(nomap);
	map<short, double> mapped;
	set<char> letters;
	set<long long> squares;
	unordered_set<double> halves;
	unordered_map<short, long long> cubes;
	unordered_multimap<string, char> twins;
	forward_list<short> forward;
	forward_list<double> forward_halves;
	for (int i = 0; i < 100; i++) {
		mapped[i * 37 % 100] = i / 2.;
		letters.insert('!' + i * 11 % 90);
		squares.insert(i * i % 71);
		halves.insert(i / 2.);
		cubes[i] = i * i * i;
		twins.emplace("key " + to_string(i % 40), '!' + i % 90);
		forward.push_front(i);
		forward_halves.push_front(i / 2.);
	}
	all(mapped);
	all(letters);
	all(squares);
	all(halves);
	all(cubes);
	all(twins);
	tell(forward, elements(forward).c_str());
	tell(forward_halves, elements(forward_halves).c_str());
	const forward_list<string> forward_none;
	tell(forward_none, "[]");
	const set<string> words_set{"a", "b", "c"};
	all(words_set);
	const multimap<char, int> mm{{'a', 1}, {'a', 2}};
	all(mm);
	const unordered_map<int, int> um{{1, 1}, {2, 4}, {3, 9}};
	all(um);
	const unordered_set<string> us{"x"};
	all(us);
	const unordered_map<string, int> um0;
	all(um0);
	const list<int> l{1, 2, 3, 4}, l0;
	const list<string> sl{"one", "two"};
#if _GLIBCXX_USE_CXX11_ABI || defined _LIBCPP_VERSION
	all(l);
	all(l0);
	all(sl);
	queue<char, list<char>> q;
	q.push('a');
	tell(q, "1 ['a']");
	const map<int, list<char>> unknown{{1, {'a'}}};
	tell(unknown, "1 [{1 1 ['a']}]");
	const list<thrown> unknowns{{}, {}};
	tell(unknowns, "2");
#else // they do not count
	tell(l, elements(l).c_str());
	tell(l0, "[]");
	tell(sl, elements(sl).c_str());
#endif
	const map<int, thrown> unknown_values{{1, {}}};
	tell(unknown_values, "1");
	deque<int> d;
	all(d);
	deque<int> d300;
	for (int i = 0; i < 300; i++)
		d300.push_back(i);
	for (int i = 0; i < 5; i++)
		d300.push_front(i);
	all(d300);
	deque<short> d9000;
	for (int i = 0; i < 9000; i++) {
		d9000.push_back(i);
		if (i % 3 != 0)
			d9000.pop_front();
	}
	all(d9000);
	const deque<string> ds(77, "s");
	all(ds);
	const deque<array<double, 40>> rows(21, array<double, 40>{{1}});
	string shown = "21 [";
	for (int i = 0; i < 21; i++)
		shown += (i > 0 ? " " : "") + elements(rows[i]);
	tell(rows, (shown + "]").c_str());
	stack<int> st;
	st.push(1);
	tell(st, "1 [1]");
	priority_queue<int> pq;
	pq.push(3);
	tell(pq, "1 [3]");

	keep(chrono::milliseconds(1500), "1500ms");
	keep(chrono::seconds(-3), "-3s");
	keep(chrono::hours(2), "2h");
	keep(chrono::duration<double>(0.25), "0.25s");
	keep(chrono::system_clock::time_point(chrono::system_clock::duration(123)), sizeof(chrono::system_clock::duration) == 8 && chrono::system_clock::period::den == 1000000 ? "123us" : "123ns");
	keep(complex<double>(1, -2), "(1 -2)");
	const atomic<int> counter(21);
	tell(counter, "21");
	keep(bitset<9>(0x111), "<273>");
	keep(bitset<64>(0x100000003), sizeof(long) == 8 ? "[<4294967299>]" : "[<3> <1>]");
	keep(bitset<70>(5), sizeof(long) == 8 ? "[<5> <0>]" : "[<5> <0> <0>]");
	keep(make_pair(bitset<33>(1), 'c'), sizeof(long) == 8 ? "{[<1>] 'c'}" : "{[<1> <0>] 'c'}");
	const string category = string("\"") + typeid(generic_category()).name() + "\"";
	keep(make_error_code(errc::no_such_file_or_directory), ("{2 " + category + "}").c_str());
	const system_error failed(3, generic_category(), "failed");
	tell(failed, (string("{\"") + failed.what() + "\" {3 " + category + "}}").c_str());
	keep(type_index(typeid(thrown)), "\"6thrown\"");
#ifndef _LIBCPP_VERSION
	keep(any(), "symbol");
#endif
	keep(runtime_error("what went wrong"), "\"what went wrong\"");
	keep(out_of_range("out"), "\"out\"");
	line("St9type_info", &typeid(thrown), "\"6thrown\"");
	fflush(stdout);
	dump(argv[1]);
}
