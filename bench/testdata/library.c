// One of many libraries, -DLIB=number: 333 exported functions, and one that calls each
// through the library's PLT (they may be interposed, so the compiler must).
#define CAT2(a, b, c) a##b##_##c
#define CAT(a, b, c) CAT2(a, b, c)
#define FUNCTION(n) CAT(f, LIB, n)

#define TEN(DO, n) \
	DO(n##0) DO(n##1) DO(n##2) DO(n##3) DO(n##4) DO(n##5) DO(n##6) DO(n##7) DO(n##8) DO(n##9)
#define HUNDRED(DO, n) \
	TEN(DO, n##0) TEN(DO, n##1) TEN(DO, n##2) TEN(DO, n##3) TEN(DO, n##4) \
	TEN(DO, n##5) TEN(DO, n##6) TEN(DO, n##7) TEN(DO, n##8) TEN(DO, n##9)
#define ALL(DO) \
	HUNDRED(DO, 1) HUNDRED(DO, 2) HUNDRED(DO, 3) TEN(DO, 40) TEN(DO, 41) TEN(DO, 42) DO(430) DO(431) DO(432)

#define DEFINE(n) int FUNCTION(n)(int x) { return x + 1; }
#define CALL(n) x = FUNCTION(n)(x);

ALL(DEFINE)

int CAT(all, LIB, calls)(int x)
{
	ALL(CALL)
	return x;
}
