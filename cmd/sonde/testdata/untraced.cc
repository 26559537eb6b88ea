// Has a function whose name is mangled.
struct Guard {
	Guard();
	int value;
};

__attribute__((noinline)) Guard::Guard() : value(3) {}

int main() { return Guard().value; }
