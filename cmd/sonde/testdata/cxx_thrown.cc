// Exceptions of all kinds. The program prints how a trace must show each: what is thrown,
// and its type.
#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

struct Own : std::runtime_error {
	int more;
	Own() : runtime_error("derived"), more(1) {}
};
struct Second : Own {};
struct Side {
	virtual ~Side() {}
	long filler;
};
struct Both : Side, std::logic_error { // what() is not in its second word
	Both() : logic_error("both") {}
};
struct Other {
	virtual ~Other() {}
	const char *text = "no exception";
};

template<typename T> static void thrown(const T &what, const char *shown)
{
	puts(shown);
	try {
		throw what;
	} catch (...) {
	}
}

int main()
{
	setvbuf(stdout, nullptr, _IONBF, 0);
	thrown(std::runtime_error("a runtime error"), "\"a runtime error\", std::runtime_error");
	thrown(std::runtime_error(""), "\"\", std::runtime_error");
	thrown(std::out_of_range("out"), "\"out\", std::out_of_range");
	thrown(Own(), "\"derived\", Own");
	thrown(Second(), "\"derived\", Second");
	std::system_error failed(ENOENT, std::generic_category(), "failed");
	thrown(failed, (std::string("\"") + failed.what() + "\", std::system_error").c_str());
	thrown(Both(), "ADDRESS, Both");
	thrown(Other(), "ADDRESS, Other");
	thrown(std::bad_alloc(), "ADDRESS, std::bad_alloc");
	thrown(std::string("text"), "ADDRESS, std::string");
	thrown(42, "ADDRESS, int");
}
