// All members of instances of the standard library's class templates, of a type
// that fits into a register and one that does not.
#include <array>
#include <deque>
#include <forward_list>
#include <fstream>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <sstream>
#include <stack>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

struct Large {
	int room[5];
	Large();
	Large(const Large &);
	Large &operator=(const Large &);
	~Large();
	bool operator<(const Large &) const;
	bool operator==(const Large &) const;
};

template<> struct std::hash<Large> {
	size_t operator()(const Large &) const;
};

#define INSTANCES(T) \
	template class std::vector<T>; \
	template class std::deque<T>; \
	template class std::list<T>; \
	template class std::forward_list<T>; \
	template class std::map<T, T>; \
	template class std::multimap<T, T>; \
	template class std::set<T>; \
	template class std::multiset<T>; \
	template class std::unordered_map<T, T>; \
	template class std::unordered_set<T>; \
	template class std::stack<T>; \
	template class std::queue<T>; \
	template class std::priority_queue<T>; \
	template class std::optional<T>; \
	template class std::unique_ptr<T>; \
	template class std::shared_ptr<T>; \
	template class std::weak_ptr<T>; \
	template class std::function<T(T)>; \
	template struct std::array<T, 3>;
INSTANCES(Large)
INSTANCES(int)
template class std::vector<bool>;
template class std::basic_string<char16_t>;
template class std::basic_string_view<char16_t>;
