// A program that says what its parameters and variables hold, as values.c does.
#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

namespace shop {

enum class Kind { Small, Large };

struct Price {
	int whole, part;
};

template <typename T> struct Box {
	T held;
	int count;
};

#define APART __attribute__((noipa))
#define TELL(function, name, ...) (printf("%s %s ", function, name), printf(__VA_ARGS__), putchar('\n'))

class Store {
	std::string title;
	Price price;
	Kind kind;

public:
	Store(std::string t, int whole) : title(std::move(t)), price{whole, 5}, kind(Kind::Large) {}

	APART int sell(const std::string &who, Price &at, Box<double> box, Kind what)
	{
		std::string note = "sold to " + who;
		std::unique_ptr<int> owned(new int(17));
		std::pair<int, char> both{whole(), 'x'};
		const char *raw = title.c_str();
		bool large = price.whole > 10;
		Price &alias = price;
		TELL("shop::Store::sell", "this", "{ title=\"%s\", price={ whole=%d, part=%d }, kind=%s }", title.c_str(),
		     price.whole, price.part, kind == Kind::Large ? "Large" : "Small");
		TELL("shop::Store::sell", "who", "\"%s\"", who.c_str());
		TELL("shop::Store::sell", "at", "{ whole=%d, part=%d }", at.whole, at.part);
		TELL("shop::Store::sell", "box", "{ held=%f, count=%d }", box.held, box.count);
		TELL("shop::Store::sell", "what", "%s", what == Kind::Small ? "Small" : "Large");
		TELL("shop::Store::sell", "note", "\"%s\"", note.c_str());
		TELL("shop::Store::sell", "owned", "%d", *owned);
		TELL("shop::Store::sell", "both", "{ first=%d, second='%c' }", both.first, both.second);
		TELL("shop::Store::sell", "raw", "\"%s\"", raw);
		TELL("shop::Store::sell", "large", "%s", large ? "true" : "false");
		TELL("shop::Store::sell", "alias", "{ whole=%d, part=%d }", alias.whole, alias.part);
		auto closure = [&](int k) {
			TELL("shop::Store::sell", "k", "%d", k);
			puts("ready");
			fflush(stdout);
			pause();
			return k + at.whole;
		};
		int r = closure(box.count * 2);
		return r + large + raw[0] + *owned + both.first + (int)note.size() + (int)box.held + alias.part + (int)what;
	}

	int whole() const { return price.whole; }
};

} // namespace shop

int main(int argc, char **)
{
	shop::Store store("the title of the store", 70 + argc);
	std::string customer = "a customer whose name is long";
	shop::Price at = {3, 4};
	TELL("main", "argc", "%d", argc);
	TELL("main", "customer", "\"%s\"", customer.c_str());
	TELL("main", "at", "{ whole=%d, part=%d }", at.whole, at.part);
	return store.sell(customer, at, {1.25, 3}, shop::Kind::Small) + at.part + argc;
}
