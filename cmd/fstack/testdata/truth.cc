/* As truth.c, of what C++ has. */
#include "truth.h"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <map>
#include <stdexcept>

namespace shop {

struct Item {
	virtual ~Item() {}
	virtual int price(int n) = 0;
};

template <typename T> struct Box : Item {
	T value;
	explicit Box(T v) : value(v) {}
	OWN int price(int n) override
	{
		ENTER;
		waits();
		return n + static_cast<int>(value);
	}
};

OWN int total(Item *item)
{
	ENTER;
	return item->price(2) + sink;
}

} // namespace shop

static void terminated()
{
	ENTER;
	waits();
	std::abort();
}

OWN void throws(int n)
{
	ENTER;
	if (n)
		throw std::runtime_error("nobody wants this");
	sink = sink + 1;
}

OWN void in_terminate() noexcept
{
	ENTER;
	throws(1);
	sink = sink + 1;
}

struct Guard {
	int before = noted;
	OWN ~Guard()
	{
		noted = before; /* the functions that an exception has left */
		ENTER;
		waits();
		sink = sink + 1;
	}
};

OWN void unwinds()
{
	ENTER;
	Guard g;
	try {
		throws(1);
	} catch (const std::logic_error &) {
		sink = 0;
	}
}

/* A destructor that runs while an exception is on its way. */
OWN void in_cleanup()
{
	ENTER;
	try {
		unwinds();
	} catch (const std::exception &) {
		sink = sink + 1;
	}
}

OWN void in_catch()
{
	ENTER;
	int before = noted;
	try {
		throws(1);
	} catch (const std::exception &) {
		noted = before;
		waits();
	}
	sink = sink + 1;
}

OWN void in_lambda()
{
	ENTER;
	std::function<void(int)> f = [](int n) OWN {
		ENTER;
		waits();
		sink = n;
	};
	f(3);
	sink = sink + 1;
}

OWN void in_virtual()
{
	ENTER;
	shop::Box<long> box(3);
	sink = shop::total(&box);
}

static struct Static {
	bool wanted = std::getenv("TRUTH_STATIC") != nullptr;
	OWN Static()
	{
		ENTER;
		if (wanted)
			waits();
		noted = 0;
	}
} initialised;

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	ENTER;
	std::set_terminate(terminated);
	if (!std::strcmp(what, "terminate"))
		in_terminate();
	else if (!std::strcmp(what, "cleanup"))
		in_cleanup();
	else if (!std::strcmp(what, "catch"))
		in_catch();
	else if (!std::strcmp(what, "lambda"))
		in_lambda();
	else if (!std::strcmp(what, "virtual"))
		in_virtual();
	sink = sink + 1;
	return 2;
}
