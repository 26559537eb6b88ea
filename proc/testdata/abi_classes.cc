// Calls with classes as arguments and results, which go by abi_call to be looked at.
extern "C" {
extern void (*abi_target)();
void abi_call();
}

template <class R, class... A> static R by(R (*f)(A...), A... args)
{
	abi_target = reinterpret_cast<void (*)()>(f);
	return reinterpret_cast<R (*)(A...)>(abi_call)(static_cast<A &&>(args)...);
}

struct Empty {};
struct Pair { int a; double b; };
struct Derived : Pair { float c; };
struct Tagged : Empty { long a; };
struct Owner {
	long a;
	explicit Owner(long a) : a(a) {}
	Owner(const Owner &o) : a(o.a) {}
	~Owner() { a = 0; }
};
struct Virtual {
	int a;
	explicit Virtual(int a) : a(a) {}
	virtual int get() { return a; }
};
struct Move {
	double a;
	explicit Move(double a) : a(a) {}
	Move(Move &&) = default;
	Move(const Move &) = default;
};
struct alignas(16) Aligned { short a; Empty e[3]; float b; };

static int empty(Empty, int i) { return i + 1; }
static Empty give_empty(short) { return {}; }
static Pair pair(Pair p, float f) { return {p.a + 1, p.b + f}; }
static Derived derived(char, Derived d) { d.a = 77; return d; }
static Tagged tagged(Tagged t, Tagged) { t.a++; return t; }
static Owner owner(Owner o, int i) { return Owner(o.a + i); }
static long owners(Owner a, Owner b, double) { return a.a + b.a; }
static Virtual polymorphic(Virtual v) { return Virtual(v.a * 2); }
static Move move(Move m) { return Move(m.a * 2); }
static Aligned aligned(Aligned a, int) { a.a = 5; return a; }
static bool reference(const Owner &o, Pair &&p) { return o.a == p.a; }

int main()
{
	by(empty, Empty(), 6);
	by(give_empty, short(3));
	by(pair, Pair{4, 0.5}, 1.5f);
	Derived d;
	d.a = 9, d.b = 2.5, d.c = -4;
	by(derived, 'x', d);
	Tagged t;
	t.a = 1234567;
	by(tagged, t, t);
	by(owner, Owner(40), 2);
	by(owners, Owner(1000), Owner(337), 0.25);
	by(polymorphic, Virtual(21));
	by(move, Move(1.25));
	by(aligned, Aligned{7, {}, 0.75}, 8);
	Owner o(15);
	by<bool, const Owner &, Pair &&>(reference, o, Pair{15, 0});
}
