// One unit of a large program: most of what it describes no function of it uses.
#include <functional>
#include <future>
#include <map>
#include <regex>
#include <string>
#include <unordered_map>
#include <vector>

// Containers of as many types as a unit of a large program has of its own.
template <int N> struct item {
	int id;
	std::string name;
	std::map<std::string, item *> by_name;
	std::unordered_map<int, std::vector<item>> by_id;
	std::function<int(const item &)> act;
};

template <int N> struct items {
	item<N> all[2];
	items<N - 1> rest;
};
template <> struct items<0> {};

enum mode { reading, writing = 4, both };

struct request {
	int id;
	const char *name;
	mode how;
	request *next;
	items<ITEMS> *of;
};

extern "C" __attribute__((noinline)) int entry(const request *r, const char *text, mode how) {
	return r->id + text[0] + how + (r->of ? sizeof *r->of : 0);
}
